import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bert } from '@adapterfusion/backbone-bert';
import { nodeFiles } from '@adapterfusion/files-node';
import { loadBackbone, loadEncoder, Registry } from '@adapterfusion/runtime';
import { dispose, openBackend, read } from '@adapterfusion/tensor';
import { pad } from '@adapterfusion/text';
import { describe, expect, it } from 'vitest';
import { lastHidden } from './teacher.js';

const folder = fileURLToPath(new URL('../../../packages/models/pocket', import.meta.url));
const made = existsSync(`${folder}/model.safetensors`);

describe.skipIf(!made)(made ? '@adapterfusion/pocket' : 'the pocket encoder is not made yet', () => {
  it('is at most 6 MB packed, and holds what it should', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    });
    const [packed] = JSON.parse(listed) as [{ size: number; files: { path: string }[] }];
    expect(packed.size).toBeLessThanOrEqual(6_000_000);
    expect(packed.files.map(({ path }) => path).sort()).toEqual([
      '1_Pooling/config.json',
      'README.md',
      'config.json',
      'model.safetensors',
      'package.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
  });

  it('loads as any encoder of the hub, with at most 3 million parameters', async () => {
    await openBackend('wasm');
    const { params, backbone, record } = await loadBackbone(nodeFiles(), folder, new Registry().use(bert));
    const size = Object.values(params).reduce((total, tensor) => total + tensor.size, 0);
    dispose(params);
    expect(size).toBeLessThanOrEqual(3_000_000);
    expect([backbone.modelType, backbone.maxLength]).toEqual(['bert', 256]);
    expect(record.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells a paraphrase from another subject', async () => {
    await openBackend('wasm');
    const { backbone, params, tokenizer } = await loadEncoder(nodeFiles(), folder, new Registry().use(bert));
    const texts = [
      'The film was wonderful and the actors were great.',
      'A great movie with wonderful acting.',
      'The river flows through the north of the country into the sea.',
    ];
    const rows = texts.map((text) => tokenizer.encode(text, undefined, { maxLength: 32 }));
    expect(rows.flatMap(({ ids }) => ids)).not.toContain(1);
    const batch = pad(
      rows.map((row) => ({ group: [row] })),
      { padId: tokenizer.padId },
    );
    const { hidden, mask } = lastHidden(backbone, params, batch);
    const values = await read(hidden);
    dispose([hidden, mask, ...Object.values(params)]);
    const means = rows.map(({ ids }, row) =>
      Array.from({ length: 128 }, (_, unit) =>
        ids.reduce((sum, _id, at) => sum + values[(row * batch.shape[1] + at) * 128 + unit]!, 0),
      ),
    );
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
    const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    expect(cosine(means[0]!, means[1]!)).toBeGreaterThan(cosine(means[0]!, means[2]!) + 0.1);
  });
});
