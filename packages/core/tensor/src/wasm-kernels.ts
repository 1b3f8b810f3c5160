import { AdapterFusionError } from '@adapterfusion/contracts';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { replaceKernel } from './define-op.js';
import type { AttentionAttributes } from './attention.js';
import { dropThreshold, type DropAttributes, type MaskAttributes } from './dropout.js';
import { spansOf, type DotsAttributes, type ScaleAttributes } from './groups.js';
import { keyOf } from './philox.js';
import { tf } from './tfjs.js';
import { BINARY } from './wasm-binary.js';

/** What assembly/kernels.ts exports: numbers and byte offsets. */
interface Kernels {
  addBias(...of: number[]): void;
  attention(...of: number[]): void;
  attentionGradient(...of: number[]): void;
  attentionRoom(queries: number, time: number, depth: number): number;
  dropoutMask(...of: number[]): void;
  gelu(...of: number[]): void;
  geluGradient(...of: number[]): void;
  groupDots(...of: number[]): void;
  groupScale(...of: number[]): void;
  norm(...of: number[]): void;
  normGradient(...of: number[]): void;
  transpose(...of: number[]): void;
}

type Named = Record<string, tf.TensorInfo>;

/** What we use of the backend's module. */
interface WasmModule {
  _malloc(bytes: number): number;
  readonly asm: { readonly memory: WebAssembly.Memory };
}

/**
 * Puts kernels of our own in the place of composed operations, on the memory of the open wasm backend.
 * @returns whether they are in use; otherwise everything computes the same, slower
 */
export async function useWasmKernels(): Promise<boolean> {
  const backend = tf.backend() as BackendWasm;
  // It gives wrong numbers with a bias where an operand is batched or transposed: an error is better.
  if (tf.getKernel('_FusedMatMul', 'wasm')) tf.unregisterKernel('_FusedMatMul', 'wasm');
  const module = backend.wasm as unknown as WasmModule;
  refuseWhatDoesNotFit(module);
  const { memory } = module.asm;
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) return false;
  const bytes = Uint8Array.from(atob(BINARY), (letter) => letter.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  register(backend, instance.exports as unknown as Kernels);
  return true;
}

/** All memory that WebAssembly can address. */
const MOST = 2 ** 32;

/** An allocation that fails gives 0, and TensorFlow.js goes on and writes there. */
function refuseWhatDoesNotFit(module: WasmModule): void {
  const allocate = module._malloc.bind(module);
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  module._malloc = (bytes) => {
    const at = bytes < MOST ? allocate(bytes) : 0;
    if (at !== 0 || bytes === 0) return at;
    throw new AdapterFusionError('BACKEND_LIMIT', {
      at: 'wasm',
      expected: `tensors within the ${mebibytes(MOST)} that WebAssembly can address`,
      got: `one of ${mebibytes(bytes)} beside ${mebibytes(tf.memory().numBytes)} in use`,
      fix: 'Use smaller batches.',
    });
  };
}

function register(backend: BackendWasm, kernels: Kernels): void {
  const at = ({ dataId }: tf.TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;
  const like = ({ shape }: tf.TensorInfo): tf.TensorInfo => backend.makeOutput([...shape], 'float32');
  const size = ({ shape }: tf.TensorInfo): number => tf.util.sizeFromShape(shape);
  const lastOf = ({ shape }: tf.TensorInfo): number => shape[shape.length - 1]!;
  /** Another handle on the same values. */
  const share = (x: tf.TensorInfo): tf.TensorInfo => {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
  const withRoom = (bytes: number, run: (room: number) => void): void => {
    const room = backend.makeOutput([Math.ceil(bytes / 4)], 'float32');
    run(at(room));
    backend.disposeData(room.dataId);
  };
  const put = <A>(name: string, run: (inputs: Named, attributes: A) => tf.TensorInfo | tf.TensorInfo[]): void =>
    replaceKernel(name, 'wasm', ({ inputs, attrs }) => run(inputs as Named, attrs as unknown as A));

  const stock = tf.getKernel('Identity', 'wasm').kernelFunc;
  replaceKernel('Identity', 'wasm', (given) => {
    // The stock kernel copies, for every tensor that is kept for a gradient. Values never change in place.
    const { x } = given.inputs as Named;
    return x!.dtype === 'string' ? stock(given) : share(x!);
  });

  const fillMask = (out: tf.TensorInfo, { probability, seed0, seed1 }: DropAttributes): void => {
    const [threshold, scale] = [dropThreshold(probability), 1 / (1 - probability)];
    kernels.dropoutMask(at(out), size(out), ...keyOf([seed0, seed1]), threshold, scale);
  };

  put<AttentionAttributes>('AfAttention', ({ q, k, v, mask }, { heads, ...drops }) => {
    const [batch, queries, width] = q!.shape as [number, number, number];
    const [time, depth] = [k!.shape[1]!, width / heads];
    const y = like(q!);
    const weights = backend.makeOutput([batch, heads, queries, time], 'float32');
    const drop = backend.makeOutput(drops.probability > 0 ? weights.shape : [0], 'float32');
    if (drops.probability > 0) fillMask(drop, drops);
    const dropped = drops.probability > 0 ? at(drop) : 0;
    const scale = 1 / Math.sqrt(depth);
    withRoom(kernels.attentionRoom(queries, time, depth), (room) =>
      kernels.attention(
        ...[q!, k!, v!, mask!].map(at),
        dropped,
        at(y),
        at(weights),
        ...[batch, queries, time, heads, depth, scale, -1e30, room],
      ),
    );
    return [y, weights, drop];
  });

  put<{ heads: number }>('AfAttentionGradient', ({ dy, q, k, v, drop, y, weights }, { heads }) => {
    const [batch, queries, width] = q!.shape as [number, number, number];
    const [time, depth] = [k!.shape[1]!, width / heads];
    const out = [like(q!), like(k!), like(v!)];
    const dropped = size(drop!) > 0 ? at(drop!) : 0;
    withRoom(kernels.attentionRoom(queries, time, depth), (room) =>
      kernels.attentionGradient(
        ...[dy!, q!, k!, v!].map(at),
        dropped,
        ...[y!, weights!, ...out].map(at),
        ...[batch, queries, time, heads, depth, 1 / Math.sqrt(depth), room],
      ),
    );
    return out;
  });

  put('AfGelu', ({ x }) => {
    const [y, part] = [like(x!), like(x!)];
    kernels.gelu(at(x!), at(y), at(part), size(x!));
    return [y, part];
  });

  put('AfGeluGradient', ({ dy, x, share: part }) => {
    const dx = like(x!);
    kernels.geluGradient(at(dy!), at(x!), at(part!), at(dx), size(x!));
    return dx;
  });

  put<{ epsilon: number }>('AfLayerNorm', ({ x, gamma, beta }, { epsilon }) => {
    const y = like(x!);
    const width = lastOf(x!);
    kernels.norm(at(x!), at(gamma!), at(beta!), at(y), size(x!) / width, width, epsilon);
    return y;
  });

  put<{ epsilon: number }>('AfLayerNormGradient', ({ dy, x, gamma }, { epsilon }) => {
    const dx = like(x!);
    const width = lastOf(x!);
    kernels.normGradient(at(dy!), at(x!), at(gamma!), at(dx), size(x!) / width, width, epsilon);
    return dx;
  });

  put('AfAddBias', ({ fresh, bias }) => {
    const width = lastOf(fresh!);
    kernels.addBias(at(fresh!), at(bias!), size(fresh!) / width, width);
    return share(fresh!);
  });

  put('AfTranspose', ({ x }) => {
    const [rows, columns] = x!.shape as [number, number];
    const y = backend.makeOutput([columns, rows], 'float32');
    kernels.transpose(at(x!), at(y), rows, columns);
    return y;
  });

  const withSpans = (owners: readonly number[], run: (at: number, count: number) => void): void => {
    const spans = spansOf(owners);
    const held = backend.makeOutput([spans.length], 'int32');
    backend.typedArrayFromHeap(held).set(spans);
    run(at(held), spans.length / 3);
    backend.disposeData(held.dataId);
  };

  put<DotsAttributes>('AfGroupDots', ({ a, b }, { owners, groups }) => {
    const rows = size(a!) / lastOf(a!);
    const y = backend.makeOutput([...a!.shape.slice(0, -1), groups], 'float32');
    withSpans(owners, (...spans) =>
      kernels.groupDots(at(a!), lastOf(a!), at(b!), lastOf(b!), at(y), rows, groups, ...spans),
    );
    return y;
  });

  put<ScaleAttributes>('AfGroupScale', ({ x, weights }, { owners, width }) => {
    const groups = lastOf(weights!);
    const rows = size(weights!) / groups;
    const y = backend.makeOutput([...x!.shape.slice(0, -1), width], 'float32');
    withSpans(owners, (...spans) =>
      kernels.groupScale(at(x!), lastOf(x!), at(weights!), groups, at(y), width, rows, ...spans),
    );
    return y;
  });

  put<MaskAttributes>('AfDropoutMask', (_, { shape, ...drops }) => {
    const out = backend.makeOutput(shape, 'float32');
    fillMask(out, drops);
    return out;
  });
}
