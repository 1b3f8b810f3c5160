import { bert } from '@adapterfusion/backbone-bert';
import type { SiteHook, Backbone, Files, HostBatch, Params, Tensor } from '@adapterfusion/contracts';
import { loadBackbone, Registry } from '@adapterfusion/runtime';
import { add, dispose, intTensor, scope, tensor } from '@adapterfusion/tensor';

/** An encoder with nothing attached. */
const bare: SiteHook = (_, { y, residual, norm }) => (norm ? norm(residual ? add(y, residual) : y) : y);

/** Last hidden states `[rows, time, hidden]` of an encoder without dropout; the caller's. */
export function lastHidden(backbone: Backbone, params: Params, batch: HostBatch): { hidden: Tensor; mask: Tensor } {
  return scope(() => {
    const mask = tensor(batch.mask, batch.shape);
    const tokens = { ids: intTensor(batch.ids, batch.shape), types: intTensor(batch.types, batch.shape), mask };
    let hidden = backbone.embed(params, tokens, bare, {});
    for (let layer = 0; layer < backbone.layers; layer++)
      hidden = backbone.layer(layer, params, hidden, mask, bare, {});
    return { hidden, mask };
  });
}

/** A loaded teacher. */
export interface Teacher {
  readonly hidden: number;
  /** What identifies its weights. */
  readonly fingerprint: string;
  /** The word embeddings, positions and token types, which the student starts from. */
  readonly params: Params;
  /** Its last hidden states. @param batch ids of its own */
  states(batch: HostBatch): { hidden: Tensor; mask: Tensor };
  dispose(): void;
}

/** Loads a teacher's weights. @throws FILE_NOT_FOUND, FILE_CORRUPT, TENSORS_INVALID, OPTIONS_INVALID */
export async function loadTeacher(files: Files, folder: string): Promise<Teacher> {
  const { backbone, params, record } = await loadBackbone(files, folder, new Registry().use(bert));
  return {
    hidden: backbone.hidden,
    fingerprint: record.fingerprint ?? 'none',
    params,
    states: (batch) => lastHidden(backbone, params, batch),
    dispose: () => dispose(params),
  };
}
