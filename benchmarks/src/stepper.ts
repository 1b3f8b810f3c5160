import type { Phase } from '@adapterfusion/contracts';
import { compileForInference, type HostBatch } from '@adapterfusion/model';
import { currentBackend, read } from '@adapterfusion/tensor';
import { trainLoop, type TrainingRow } from '@adapterfusion/training';
import { randomModel, SETTINGS } from './random-model.js';
import { VOCABULARY, type Case, type Work } from './work.js';

/** How many steps a training has at most. */
const MOST_STEPS = 400;

/** Does a piece of work once, on a batch that it has not seen. @returns milliseconds */
export type Step = () => Promise<number>;

/** What trains. */
const TRAINS: Readonly<Partial<Record<Case, (path: string) => boolean>>> = {
  'train/head': (path) => path.startsWith('heads/'),
  'train/adapter': (path) => /^(adapters|heads)\//.test(path),
  'train/fusion': (path) => /^(fusions|heads)\//.test(path),
  'train/full': (path) => !path.includes('pooler'),
};

/** Makes a piece of work ready on the open backend. @param fusion the fusion's id */
export function stepper(work: Work, fusion: string): Step {
  const tokens = tokenSource();
  const trains = TRAINS[work.case];
  return trains ? trainer(work, fusion, tokens, trains) : predictor(work, fusion, tokens);
}

/** Random token ids, the same in every run. */
function tokenSource(): (count: number) => number[] {
  let state = 7;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return (count) => Array.from({ length: count }, () => 5 + Math.floor(next() * (VOCABULARY - 5)));
}

function predictor(work: Work, fusion: string, tokens: (count: number) => number[]): Step {
  const model = randomModel(work, fusion);
  compileForInference(model);
  const { batch, length } = work;
  const size = batch * length;
  return async () => {
    const given: HostBatch = {
      ids: Int32Array.from(tokens(size)),
      types: new Int32Array(size),
      mask: new Float32Array(size).fill(1),
      shape: [batch, length],
    };
    const begun = performance.now();
    const logits = model.logits(given, { head: 'target' });
    await read(logits);
    const spent = performance.now() - begun;
    logits.dispose();
    return spent;
  };
}

/** Steps of the loop that everybody trains with, its AdamW and its events included. */
function trainer(
  work: Work,
  fusion: string,
  tokens: (count: number) => number[],
  trains: (path: string) => boolean,
): Step {
  const { batch, length } = work;
  const rows = Array.from({ length: MOST_STEPS * batch }, (_, index): TrainingRow => {
    return { ids: tokens(length), types: new Array<number>(length).fill(0), label: index % 2 };
  });
  const phase: Phase = {
    name: work.case.replace('/', '-'),
    trains,
    settings: { ...SETTINGS, batchSize: batch, maxLength: length },
  };
  const task = { head: 'target', rows, metrics: ['accuracy'], labels: ['no', 'yes'] };
  const model = randomModel(work, fusion);
  const events = trainLoop({ model, tasks: [task], phase, backend: currentBackend() });
  return async () => {
    const begun = performance.now();
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new RangeError(`A benchmark has at most ${MOST_STEPS} steps.`);
      if (value.type === 'step') return performance.now() - begun;
    }
  };
}
