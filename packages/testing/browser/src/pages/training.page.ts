import { fuse, load, train, type Prediction, type RunEvent } from 'adapterfusion';
import { tensorCount, type BackendName } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
// eslint-disable-next-line @nx/enforce-module-boundaries -- files in memory and a task in them, as the tests of the API have them
import { tinyTask } from '../../../../adapterfusion/src/memory.spec.js';

/** What the device holds after a step. */
interface Held {
  readonly epoch: number;
  readonly tensors: number;
  readonly used: number;
  readonly allocated: number;
  readonly buffers: number;
}

/** What became of two trainings of stage 1, one of stage 2, and a prediction. */
export interface TrainingOutcome {
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly held: readonly Held[];
  readonly predictions: readonly Prediction[];
  readonly left: number;
}

/** What a WebGPU backend knows of its buffers; on others there is none. */
function held(epoch: number): Held {
  const { numBytesInGPU = 0, numBytesAllocatedInGPU = 0 } = tf.memory() as ReturnType<typeof tf.memory> & {
    numBytesInGPU?: number;
    numBytesAllocatedInGPU?: number;
  };
  const { bufferManager } = tf.backend() as { bufferManager?: { getNumUsedBuffers(): number } };
  return {
    epoch,
    tensors: tensorCount(),
    used: numBytesInGPU,
    allocated: numBytesAllocatedInGPU,
    buffers: bufferManager?.getNumUsedBuffers() ?? 0,
  };
}

/** How long to train: epochs of the two adapters and of the fusion. */
interface Plan {
  readonly backend: BackendName;
  readonly epochs: readonly [a: number, b: number, fusion: number];
}

async function run({ backend, epochs: [a, b, fusion] }: Plan): Promise<TrainingOutcome> {
  const files = tinyTask();
  const common = { files, backend, model: 'encoder' };
  const rows = { ...common, data: 'rows.tsv', head: { pooling: 'mean' }, headStart: 'random' } as const;
  const task = (epochs: number) => ({ ...rows, settings: { batchSize: 8, learningRate: 1e-2, epochs } });
  const losses: number[] = [];
  const accuracies: number[] = [];
  const holds: Held[] = [];
  const follow = async (events: AsyncIterable<RunEvent>, watch = false): Promise<void> => {
    for await (const event of events) {
      if (event.type === 'step') losses.push(event.loss);
      if (event.type === 'step' && watch) holds.push(held(event.epoch));
      if (event.type === 'saved') accuracies.push(event.metrics['accuracy']!);
    }
  };
  await follow(train({ ...task(a), out: 'a', name: 'a' }), true);
  await follow(train({ ...task(b), out: 'b', name: 'b', adapter: 'par_bn' }));
  await follow(fuse({ ...task(fusion), out: 'fused', adapters: ['a', 'b'], fusion: 'attention', compare: false }));
  const model = await load('fused', common);
  const predictions = await model.predict(['sun rain snow', { text: 'cat dog hen' }], { attention: true });
  model.dispose();
  return { losses, accuracies, held: holds, predictions, left: tensorCount() };
}

Object.assign(globalThis, { run });
