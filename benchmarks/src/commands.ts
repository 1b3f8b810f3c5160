import { fileURLToPath } from 'node:url';
import type { Command } from './process.js';
import { firstPair, sharedPlaces } from './shared.js';
import {
  BATCHES_A_STEP,
  isReal,
  LONGEST,
  PAIRS_A_STEP,
  SHAPES,
  VOCABULARY,
  type Comparison,
  type Work,
  type Worker,
} from './work.js';

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the workers run. */
export interface Setting {
  readonly backend: string;
  /** The interpreter of the reference. */
  readonly python?: string;
  /** The file of the plain encoder for onnxruntime, by shape. */
  readonly onnx?: (shape: Work['shape']) => Promise<string>;
}

/** How a worker is started. */
export async function commandOf(by: Worker, work: Work, setting: Setting): Promise<Command> {
  const { backend, python, onnx } = setting;
  if (isReal(work.case)) return realCommandOf(by, work, setting);
  const config = { vocab_size: VOCABULARY, ...SHAPES[work.shape] };
  switch (by) {
    case 'ours':
    case 'textbook':
    case 'passes':
      return { program: process.execPath, args: [beside('worker.js'), JSON.stringify(work), backend, by] };
    case 'adapters':
      return { program: python!, args: [beside('../peer/step.py'), JSON.stringify({ ...work, config })] };
    case 'onnxruntime':
      return {
        program: process.execPath,
        args: [beside('onnx-worker.js'), JSON.stringify(work), await onnx!(work.shape)],
      };
  }
}

/** Work on real data. @throws UNSUPPORTED where they are not there */
async function realCommandOf(by: Worker, work: Work, { backend, python }: Setting): Promise<Command> {
  const places = sharedPlaces();
  const pair = await firstPair(places);
  const fresh = work.case === 'start';
  if (by === 'adapters') {
    const given = {
      ...work,
      ...places,
      pair,
      longest: LONGEST,
      pairs_a_step: PAIRS_A_STEP,
      batches_a_step: BATCHES_A_STEP,
    };
    // One thread for its tokenizer, as ours has; no look at the network.
    const env = { TOKENIZERS_PARALLELISM: 'false', HF_HUB_OFFLINE: '1' };
    return { program: python!, args: [beside(`../peer/${fresh ? 'first' : 'real'}.py`), JSON.stringify(given)], env };
  }
  const { model, setup } = places;
  const args = fresh
    ? [beside('first-worker.js'), backend, model, setup, JSON.stringify(pair)]
    : [beside('worker.js'), JSON.stringify(work), backend, by];
  return { program: process.execPath, args };
}

/** What the peer does in a comparison. */
export const peerWork = ({ work, peerCase }: Comparison): Work =>
  peerCase ? { ...work, case: peerCase, adapters: 0 } : work;
