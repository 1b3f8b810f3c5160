import { parameterPath, type Phase } from '@adapterfusion/contracts';
import { compileForInference, type HostBatch, type Model } from '@adapterfusion/model';
import { currentBackend, read } from '@adapterfusion/tensor';
import { textClassification } from '@adapterfusion/task-text-classification';
import { trainLoop, type TrainingRow } from '@adapterfusion/training';
import { inOnePass, inPasses } from './five.js';
import { randomModel, SETTINGS } from './random-model.js';
import { VOCABULARY, type Case, type Work } from './work.js';

/** How many steps a training has at most. */
const MOST_STEPS = 400;
/** Where the activations of frozen layers are kept: batches of an epoch, of which the first is not timed, and MiB to keep them in. */
const KEPT = { batches: 8, mebibytes: 256 };

/** Does a piece of work once, on a batch that it has not seen. @returns milliseconds */
export type Step = () => Promise<number>;

/** Work that a process is ready to do. */
export interface Prepared {
  readonly step: Step;
  /** What comes of it, where the peer has to say the same. */
  readonly answer?: string;
  /** Share of the tokens so far that were padding. */
  padding?(): number;
}

/** Form of our work: our own, fusion as the paper writes it, five passes in the place of one. */
export type Form = 'ours' | 'textbook' | 'passes';

/** What trains. */
const TRAINS: Readonly<Partial<Record<Case, (path: string) => boolean>>> = {
  'train/head': (path) => path.startsWith('heads/'),
  'train/head-kept': (path) => path.startsWith('heads/'),
  'train/adapter': (path) => /^(adapters|heads)\//.test(path),
  'train/fusion': (path) => /^(fusions|heads)\//.test(path),
  'train/full': (path) => !path.includes('pooler'),
};

/** Makes a piece of work on random weights ready on the open backend. */
export function stepper(work: Work, form: Form): Step {
  const tokens = tokenSource();
  const trains = TRAINS[work.case];
  const model = randomModel(work, form === 'textbook' ? 'textbook' : 'attention');
  return trains ? trainer(work, model, tokens, trains) : predictor(work, model, tokens, form);
}

/** Random token ids, the same in every run. */
function tokenSource(): (count: number) => number[] {
  let state = 7;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return (count) => Array.from({ length: count }, () => 5 + Math.floor(next() * (VOCABULARY - 5)));
}

function predictor(work: Work, model: Model, tokens: (count: number) => number[], form: Form): Step {
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
    if (work.case === 'five') await (form === 'passes' ? inPasses : inOnePass)(model, given);
    else await predict(model, given);
    return performance.now() - begun;
  };
}

async function predict(model: Model, batch: HostBatch): Promise<void> {
  const logits = model.logits(batch, { head: 'target' });
  await read(logits);
  logits.dispose();
}

/** Steps of the loop that everybody trains with, its AdamW and its events included. */
function trainer(
  work: Work,
  model: Model,
  tokens: (count: number) => number[],
  trains: (path: string) => boolean,
): Step {
  const { batch, length } = work;
  const kept = work.case === 'train/head-kept';
  const rows = Array.from({ length: (kept ? KEPT.batches : MOST_STEPS) * batch }, (_, index): TrainingRow => {
    return { group: [{ ids: tokens(length), types: new Array<number>(length).fill(0) }], target: index % 2 };
  });
  const again = kept ? { epochs: MOST_STEPS / KEPT.batches, activationCache: KEPT.mebibytes } : {};
  const phase: Phase = {
    name: work.case.replace('/', '-'),
    trains: (parameter) => trains(parameterPath(parameter)),
    settings: { ...SETTINGS, batchSize: batch, maxLength: length, ...again },
  };
  const task = {
    head: 'target',
    rows,
    metrics: ['accuracy'],
    kind: textClassification().create({ labels: ['no', 'yes'] }),
  };
  const events = trainLoop({ model, tasks: [task], phase, backend: currentBackend() });
  let untimed = kept ? KEPT.batches : 0;
  return async () => {
    let begun = performance.now();
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new RangeError(`A benchmark has at most ${MOST_STEPS} steps.`);
      if (value.type !== 'step') continue;
      if (untimed === 0) return performance.now() - begun;
      untimed--;
      begun = performance.now();
    }
  };
}
