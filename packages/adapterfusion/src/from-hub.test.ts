import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend } from '@adapterfusion/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fingerprintData, load, train, type Progress, type RunEvent } from './node.js';
import { provideHub } from './platform.js';
import { rows, writeEncoder } from './tiny.spec.js';

const COMMIT = 'c'.repeat(40);
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-from-hub-'));
const at = (name: string): string => join(folder, name);
const repositories: Record<string, Record<string, Uint8Array>> = {};
let server: Server;
let offline = false;

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  const own = readdirSync(at('encoder')).map((name) => [name, readFileSync(join(at('encoder'), name))] as const);
  const { 'model.safetensors': _, ...rest } = Object.fromEntries(own);
  const pooling = new TextEncoder().encode('{"pooling_mode_mean_tokens":true}');
  repositories['models/org/tiny'] = { ...Object.fromEntries(own), '1_Pooling/config.json': pooling };
  repositories['models/org/pickled'] = { ...rest, 'pytorch_model.bin': new Uint8Array(8) };
  const text = new TextEncoder().encode(rows(40, 2));
  repositories['datasets/org/things'] = { 'fruit/train.tsv': text, 'fruit/README.md': text, 'other/train.tsv': text };
  server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    const listed = /^\/api\/(\w+\/org\/\w+)\/revision\/v1\?/.exec(url)?.[1];
    const files = repositories[listed ?? ''];
    if (files) {
      const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');
      const siblings = Object.entries(files).map(([rfilename, bytes]) => ({
        ...{ rfilename, size: bytes.length, blobId: sha1(bytes) },
      }));
      return void response.end(JSON.stringify({ sha: COMMIT, siblings }));
    }
    const [, data, id, name] = /^\/(datasets\/)?(org\/\w+)\/resolve\/c{40}\/(.+)$/.exec(url) ?? [];
    const bytes = repositories[`${data ?? 'models/'}${id}`]?.[name ?? ''];
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provideHub(() => Promise.resolve({ cache: at('cache'), endpoint, offline }));
  await openBackend('wasm');
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const given = { backend: 'wasm' as const, settings: { epochs: 1, maxLength: 16 } };

it('trains on a model and data of the hub, whose bundle finds the encoder again, without network', async () => {
  const told: Progress[] = [];
  const data = 'hub://datasets/org/things@v1/fruit';
  const onProgress = (progress: Progress): unknown => told.push(progress);
  await all(train({ ...given, model: 'org/tiny@v1', data, name: 'things', out: at('bundle'), onProgress }));
  const last = told.findLast(({ stage }) => stage === 'download')!;
  expect(last.done).toBe(last.total);
  expect(told.some(({ stage, total }) => stage === 'download' && total > 20_000)).toBe(true);
  const manifest = JSON.parse(readFileSync(at('bundle/adapterfusion.json'), 'utf8')) as {
    backbone: object;
    heads: object;
  };
  expect(manifest.backbone).toMatchObject({ id: 'org/tiny', revision: COMMIT });
  expect(manifest.heads).toMatchObject({ things: { options: { pooling: 'mean' } } });
  const cached = join(at('cache'), 'datasets--org--things', 'snapshots', COMMIT);
  expect(readdirSync(cached)).toEqual(['fruit']);
  expect(readdirSync(join(cached, 'fruit'))).toEqual(['train.tsv']);
  offline = true;
  try {
    const model = await load(at('bundle'), { backend: 'wasm' });
    expect(await model.predict(['apple pear plum'])).toHaveLength(1);
    model.dispose();
    expect((await fingerprintData({ data })).splits.train!.rows).toBe(36);
    const other = all(train({ ...given, model: 'org/other', data, out: at('x') }));
    await expect(other).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
  } finally {
    offline = false;
  }
});

it.each([
  ['org/pickled@v1', 'UNSUPPORTED', 'Its weights are a pickle'],
  ['org/nothing@v1', 'HUB_NOT_FOUND', 'the model org/nothing at v1'],
  ['nothing', 'FILE_NOT_FOUND', /HUB_NOT_FOUND.*[^.]\. Check the name\.$/],
  ['./org/tiny', 'FILE_NOT_FOUND', './org/tiny: expected an encoder'],
])('refuses the model %s with %s', async (model, code, words) => {
  writeFileSync(at('rows.tsv'), rows(20, 2));
  const run = all(train({ ...given, model, data: at('rows.tsv'), out: at('x') }));
  await expect(run).rejects.toMatchObject({ code, message: expect.stringMatching(words) as string });
});

it.each([
  ['hub://org/tiny@v1', 'OPTIONS_INVALID'],
  ['hub://datasets/org/things@v1/none', 'HUB_NOT_FOUND'],
])('refuses the data %s with %s', async (data, code) => {
  await expect(fingerprintData({ data })).rejects.toMatchObject({ code });
});
