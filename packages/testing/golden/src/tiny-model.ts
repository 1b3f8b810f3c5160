import { readAdapter, readFusion, readHead } from '@adapterfusion/adapterhub';
import type { Files, HostTargets } from '@adapterfusion/contracts';
import { Model, type Composition, type HostBatch, type Values } from '@adapterfusion/model';
import { applySetup, loadBackbone } from '@adapterfusion/runtime';
import { createRegistry } from 'adapterfusion';
import { flat } from './numbers.js';

const fuse = (...children: string[]): Composition => ({
  type: 'fuse',
  fusion: children.join('+'),
  lead: children[children.length - 1]!,
  inputs: 'lead',
  children,
});

/** The set-ups of the reference's cases. Average is not among them: the reference's is wrong. */
export const CASES: Readonly<Record<string, { composition: Composition | null; skip?: number[] }>> = {
  base: { composition: null },
  single_mnli: { composition: 'mnli' },
  single_dmnli: { composition: 'dmnli' },
  single_pmnli: { composition: 'pmnli' },
  stack_mnli_qqp: { composition: { type: 'stack', children: ['mnli', 'qqp'] } },
  fuse3_dynamic: { composition: fuse('mnli', 'qqp', 'sst') },
  fuse2_static: { composition: fuse('mnli', 'qqp') },
  fuse2_double: { composition: fuse('dmnli', 'dqqp') },
  fuse2_parallel: { composition: fuse('pmnli', 'pqqp') },
  stack_sst_fuse2: { composition: { type: 'stack', children: ['sst', fuse('mnli', 'qqp')] } },
  split_3_3: { composition: { type: 'split', splits: [3, 3], children: ['mnli', 'qqp'] } },
  batchsplit_1_1: { composition: { type: 'batch-split', sizes: [1, 1], children: ['mnli', 'qqp'] } },
  fuse3_dynamic_skip_layer0: { composition: fuse('mnli', 'qqp', 'sst'), skip: [0] },
};

/** A batch of the reference's JSON. */
export function batchOf(given: {
  input_ids: number[][];
  attention_mask: number[][];
  token_type_ids?: number[][];
}): HostBatch {
  const ids = Int32Array.from(flat(given.input_ids));
  return {
    ids,
    types: given.token_type_ids ? Int32Array.from(flat(given.token_type_ids)) : new Int32Array(ids.length),
    mask: Float32Array.from(flat(given.attention_mask)),
    shape: [given.input_ids.length, given.input_ids[0]!.length],
  };
}

/**
 * The reference's tiny model with a set-up on it, read by the import that everybody uses.
 * @param root the folder `adapterhub-tiny`
 */
export async function tinyModelOf(
  files: Files,
  root: string,
  composition: Composition | null,
  fusionOptions: { dropout_prob?: number } = {},
): Promise<Model> {
  const folder = (path: string): string => files.join(root, path);
  const registry = createRegistry();
  await registry.provideAll('adapter');
  const { backbone, params, record } = await loadBackbone(files, folder('base'), registry);
  const model = new Model(backbone, params);
  const adapters = await Promise.all(
    (await files.list(folder('adapters'))).map((name) => readAdapter(files, folder(`adapters/${name}`))),
  );
  const fusions = await Promise.all(
    (await files.list(folder('fusions'))).map((name) => readFusion(files, folder(`fusions/${name}`))),
  );
  const head = await readHead(files, folder('heads/clf'));
  const withValues = <T extends { name: string; tensors: ReadonlyMap<string, Values> }>(parts: readonly T[]) =>
    new Map(parts.map((part) => [part.name, { ...part, values: part.tensors }]));
  applySetup(
    model,
    {
      kind: 'fusion',
      name: 'tiny',
      composition,
      adapters: withValues(adapters),
      fusions: withValues(fusions.map((each) => ({ ...each, options: { ...each.options, ...fusionOptions } }))),
      heads: withValues([head]),
      backbone: record,
      metrics: [],
      training: {},
    },
    registry,
  );
  return model;
}

/** The targets that a classification head's loss reads. */
export const labelTargets = (labels: readonly number[]): HostTargets => ({
  labels: { data: Int32Array.from(labels), shape: [labels.length] },
});
