import {
  fuse,
  load,
  train,
  webFiles,
  type BackendName,
  type LoadedModel,
  type RunEvent,
  type TableEvent,
  type WebSource,
} from 'adapterfusion';

/** The parts of the work, in their order: two adapters, and their fusion for a third task. */
export const STAGES = ['films', 'restaurants', 'products'] as const;
export type Stage = (typeof STAGES)[number];

/** What to learn from, and on what. */
export interface Lesson {
  /** Files of the encoder, by name. */
  readonly encoder: Readonly<Record<string, WebSource>>;
  /** Rows of each part, as `rowsOf` makes them. */
  readonly rows: Readonly<Record<Stage, string>>;
  /** Rows of the fusion's task that are never trained on. */
  readonly heldOut: string;
  readonly backend: BackendName | 'auto';
  readonly epochs?: Readonly<Record<Stage, number>>;
  readonly signal?: AbortSignal;
  /** Told of every step. */
  readonly onStep?: (step: { stage: Stage; done: number; total: number; loss: number }) => void;
}

/** What was learned. */
export interface Learned {
  readonly model: LoadedModel;
  /** The methods that the fusion is compared with, on the rows that were held out. */
  readonly table: TableEvent;
}

const EPOCHS = { films: 15, restaurants: 15, products: 30 } as const;
const RATES = { films: 4e-3, restaurants: 4e-3, products: 2e-3 } as const;

/**
 * Trains an adapter each for two tasks and a fusion of both for a third, all in this page.
 * @returns a model that the caller disposes of; undefined when the signal stopped it
 * @throws AdapterFusionError with the codes of `train`, `fuse` and `load`
 */
export async function learn(lesson: Lesson): Promise<Learned | undefined> {
  const { encoder, rows, heldOut, backend, epochs = EPOCHS, signal, onStep } = lesson;
  const blobs = STAGES.map((stage) => [`data/${stage}/train.tsv`, new Blob([rows[stage]])] as const);
  const files = webFiles(globalThis.location?.href ?? 'http://localhost/', {
    ...Object.fromEntries(Object.entries(encoder).map(([name, source]) => [`encoder/${name}`, source])),
    ...Object.fromEntries(blobs),
    'data/products/validation.tsv': new Blob([heldOut]),
  });
  const options = (stage: Stage) => ({
    files,
    backend,
    model: 'encoder',
    data: `data/${stage}`,
    name: stage,
    head: { pooling: 'mean' },
    out: stage,
    // Ten rows are too few to choose the best epoch by.
    validate: false,
    settings: { batchSize: 8, learningRate: RATES[stage], epochs: epochs[stage], checkpointEvery: 0 },
    ...(signal ? { signal } : {}),
  });
  let table: TableEvent | undefined;
  const follow = async (stage: Stage, events: AsyncIterable<RunEvent>): Promise<boolean> => {
    let saved = false;
    for await (const event of events) {
      if (event.type === 'step') onStep?.({ stage, done: event.step, total: event.steps, loss: event.loss });
      if (event.type === 'saved') saved = true;
      if (event.type === 'table') table = event;
    }
    return saved;
  };
  for (const stage of ['films', 'restaurants'] as const) {
    const whole = { dataOptions: { validation: 0 }, adapter: 'seq_bn[reduction_factor=4]' };
    if (!(await follow(stage, train({ ...options(stage), ...whole })))) return undefined;
  }
  if (
    !(await follow(
      'products',
      fuse({ ...options('products'), fusion: 'attention', adapters: ['films', 'restaurants'] }),
    ))
  )
    return undefined;
  return { model: await load('products', { files, backend, model: 'encoder' }), table: table! };
}
