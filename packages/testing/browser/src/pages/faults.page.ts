import { AdapterFusionError } from '@adapterfusion/contracts';
import { Model } from '@adapterfusion/model';
import { loadBackbone } from '@adapterfusion/runtime';
import { createRegistry, train } from 'adapterfusion';
import { closeBackend, mul, openBackend, read, tensor } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
// eslint-disable-next-line @nx/enforce-module-boundaries -- files in memory and a task in them, as the tests of the API have them
import { tinyTask } from '../../../../adapterfusion/src/memory.spec.js';

/** What of tfjs's WebGPU backend is used here. */
interface Gpu {
  readonly device: GPUDevice;
  runWebGPUProgram(program: object, inputs: tf.TensorInfo[], dtype: 'float32'): tf.TensorInfo;
}

const gpu = (): Gpu => tf.backend() as unknown as Gpu;

/** What became of a run whose device was taken away, and of its continuation. */
export interface LossOutcome {
  readonly steps: number;
  readonly message: string;
  readonly resumedAt: number | undefined;
  readonly saved: boolean;
}

/** An error as one line, or `no error`. */
async function refusal(body: () => Promise<unknown>): Promise<string> {
  try {
    await body();
    return 'no error';
  } catch (error) {
    return AdapterFusionError.is(error) ? `${error.code} ${error.message}` : `not ours: ${String(error)}`;
  }
}

/** Every open device after this is one that gives no more than any device must. */
function useSmallestLimits(): void {
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = function () {
    return request.call(this);
  };
}

const cases: Record<string, () => Promise<unknown>> = {
  open: () => openBackend('webgpu'),
  auto: async () => (await openBackend('auto')).name,

  async brokenKernel() {
    await openBackend('webgpu');
    const x = tensor([1, 2, 3, 4], [4]);
    const program = {
      outputShape: [4],
      dispatchLayout: { x: [0] },
      dispatch: [1, 1, 1],
      workgroupSize: [64, 1, 1],
      variableNames: ['x'],
      shaderKey: 'broken',
      size: true,
      getUserCode: () => 'fn main(index : i32) { setOutputAtIndex(index, undefined_name(x[index])); }',
    };
    const info = gpu().runWebGPUProgram(program, [x as unknown as tf.Tensor], 'float32');
    return [...(await read(tf.engine().makeTensorFromTensorInfo(info)))];
  },

  async largeWeight() {
    useSmallestLimits();
    await openBackend('webgpu');
    const files = tinyTask();
    const { backbone, params } = await loadBackbone(files, 'encoder', createRegistry());
    const name = 'embeddings.word_embeddings.weight';
    params[name]!.dispose();
    const large = { ...params, [name]: tensor(new Float32Array(2_200_000 * 16), [2_200_000, 16]) };
    return new Model(backbone, large).parameters.paths();
  },

  async largeResult() {
    useSmallestLimits();
    await openBackend('webgpu');
    const [a, b] = [tensor(new Float32Array(6000), [6000, 1]), tensor(new Float32Array(6000), [1, 6000])];
    return (await read(mul(a, b))).length;
  },

  async lostWhileTraining(): Promise<LossOutcome> {
    const files = tinyTask();
    const settings = { epochs: 2, batchSize: 8, learningRate: 1e-2 };
    const task = { files, backend: 'webgpu' as const, model: 'encoder', data: 'rows.tsv', out: 'a', settings };
    let steps = 0;
    const message = await refusal(async () => {
      for await (const event of train(task)) {
        if (event.type === 'step') steps = event.step;
        if (steps === 7) gpu().device.destroy();
      }
    });
    await closeBackend();
    let resumedAt: number | undefined;
    let saved = false;
    for await (const event of train(task)) {
      if (event.type === 'start') resumedAt = event.resumedAt;
      if (event.type === 'saved') saved = true;
    }
    return { steps, message, resumedAt, saved };
  },
};

/** Runs a case. @returns what it gave, or its error as one line */
async function run(name: string): Promise<unknown> {
  let result: unknown;
  const message = await refusal(async () => (result = await cases[name]!()));
  return message.startsWith('no error') ? result : message;
}

Object.assign(globalThis, { run });
