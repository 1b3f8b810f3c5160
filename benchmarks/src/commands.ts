import { fileURLToPath } from 'node:url';
import type { Command } from './process.js';
import { SHAPES, VOCABULARY, type Comparison, type Work, type Worker } from './work.js';

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
export async function commandOf(by: Worker, work: Work, { backend, python, onnx }: Setting): Promise<Command> {
  const config = { vocab_size: VOCABULARY, ...SHAPES[work.shape] };
  switch (by) {
    case 'ours':
    case 'textbook': {
      const fusion = by === 'ours' ? 'attention' : 'textbook';
      return { program: process.execPath, args: [beside('worker.js'), JSON.stringify(work), backend, fusion] };
    }
    case 'adapters':
      return { program: python!, args: [beside('../peer/step.py'), JSON.stringify({ ...work, config })] };
    case 'onnxruntime':
      return {
        program: process.execPath,
        args: [beside('onnx-worker.js'), JSON.stringify(work), await onnx!(work.shape)],
      };
  }
}

/** What the peer does in a comparison. */
export const peerWork = ({ work, peerCase }: Comparison): Work =>
  peerCase ? { ...work, case: peerCase, adapters: 0 } : work;
