import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { diskFiles } from '../fixtures/files.js';
import { readAdapter, readAdapterHub, readFusion, readHead } from './index.js';

const golden = fileURLToPath(new URL('../../../../../shared/golden', import.meta.url));
const tiny = `${golden}/adapterhub-tiny`;

describe.skipIf(!existsSync(golden))('what the Python library saved (skipped: ../shared is absent)', () => {
  it.each([
    ['mnli', 2 * 4],
    ['qqp', 2 * 4],
    ['sst', 2 * 4],
    ['dmnli', 4 * 4],
    ['dqqp', 4 * 4],
    ['pmnli', 2 * 4],
    ['pqqp', 2 * 4],
  ])('the adapter %s', async (name, count) => {
    const adapter = await readAdapter(diskFiles, `${tiny}/adapters/${name}`);
    expect(adapter).toMatchObject({ name, warnings: [], model: { modelType: 'bert', hiddenSize: 32 } });
    expect(adapter.tensors.size).toBe(count);
    const saved = JSON.parse(readFileSync(`${tiny}/adapters/${name}/adapter_config.json`, 'utf8')) as {
      config: object;
    };
    expect(adapter.options).toEqual(saved.config);
  });

  it.each([
    ['mnli,qqp', 2 * 4, 1],
    ['mnli,qqp,sst', 2 * 5, 0],
    ['dmnli,dqqp', 4 * 5, 0],
    ['pmnli,pqqp', 2 * 5, 0],
  ])('the fusion %s, without what the substring filter let in', async (name, count, warnings) => {
    const fusion = await readFusion(diskFiles, `${tiny}/fusions/${name}`);
    expect(fusion.name).toBe(name.replaceAll(',', '+'));
    expect(fusion.tensors.size).toBe(count);
    expect(fusion.warnings.length).toBe(warnings);
  });

  it('the head', async () => {
    const head = await readHead(diskFiles, `${tiny}/heads/clf`);
    expect(head.labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    expect(head.tensors.get('out.weight')!.shape).toEqual([3, 32]);
  });

  it('a whole set-up of ten adapters, their fusion and a head', async () => {
    const setup = await readAdapterHub(diskFiles, `${golden}/minilm-rte/fusion`);
    const names = ['mrpc', 'rte', 'cb', 'sick', 'snli', 'mnli', 'qqp', 'qnli', 'sst2', 'cola'];
    expect(setup.composition).toEqual({
      type: 'fuse',
      fusion: names.join('+'),
      lead: 'cola',
      inputs: 'lead',
      children: names,
    });
    expect(setup.adapters.map(({ name, tensors }) => [name, tensors.size])).toEqual(names.map((name) => [name, 24]));
    expect(setup.fusions[0]!.tensors.size).toBe(30);
    expect(setup).toMatchObject({ activeHead: 'target_rte', hiddenSize: 384, warnings: [] });
    for (const part of [...setup.adapters, ...setup.fusions, ...setup.heads])
      for (const { data } of part.tensors.values()) expect(data.every(Number.isFinite)).toBe(true);
  });

  it('a set-up of one adapter with its head in the same folder', async () => {
    const setup = await readAdapterHub(diskFiles, `${golden}/minilm-rte/own-adapter`);
    expect(setup).toMatchObject({ composition: 'rte_own', activeHead: 'rte_own', fusions: [], warnings: [] });
    expect(await readAdapterHub(diskFiles, `${golden}/minilm-rte/own-adapter/rte_own`)).toEqual(setup);
  });
});
