import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { tf } from './tfjs.js';

/** Threads of a workgroup. */
export const THREADS = 64;

/** A compute program with one output. @internal */
interface Program {
  /** One name, one text. */
  readonly name: string;
  /** WGSL with `fn main(index : i32)`, the thread among all; it has to use every input and at least one uniform. */
  readonly code: string;
  /** By the name that the text has for each; it sees them flat. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly shape: readonly number[];
  /** Workgroups; where they are more than one dimension takes, some more run. */
  readonly groups: number;
  /** The text reads them as `uniforms.name`, and the output's size as `uniforms.size`. */
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
}

/** Runs a program on the open backend. @returns float32 of the given shape */
function runProgram({ name, code, inputs, shape, groups, ints = {}, floats = {} }: Program): tf.Tensor {
  const backend = tf.backend() as unknown as WebGPUBackend;
  // Flat, so that one pipeline serves all ranks.
  const flat = ({ dataId, dtype, size }: tf.Tensor): tf.TensorInfo => ({ dataId, dtype, shape: [size] });
  const out = tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32'));
  const declared = (names: object, type: string): string =>
    Object.keys(names)
      .map((each) => `${each} : ${type}, `)
      .join('');
  backend.runWebGPUProgram(
    {
      outputShape: [out.size],
      dispatchLayout: { x: [0] },
      dispatch: [groups, 1, 1],
      workgroupSize: [THREADS, 1, 1],
      variableNames: Object.keys(inputs),
      uniforms: declared(ints, 'i32') + declared(floats, 'f32'),
      shaderKey: name,
      size: true,
      getUserCode: () => code,
    },
    Object.values(inputs).map(flat),
    'float32',
    [
      ...Object.values(ints).map((value) => ({ type: 'int32', data: [value] })),
      ...Object.values(floats).map((value) => ({ type: 'float32', data: [value] })),
    ],
    flat(out),
  );
  return out;
}

/** A program with one thread for so many elements in a row. @internal */
export function runElements(program: Omit<Program, 'groups'>, each = 1): tf.Tensor {
  return runProgram({ ...program, groups: Math.ceil(tf.util.sizeFromShape([...program.shape]) / (each * THREADS)) });
}

/** A program with one workgroup for each row of the given width; its text begins with {@link ROW}. @internal */
export function runRows(program: Omit<Program, 'groups'>, width: number): tf.Tensor {
  const rows = tf.util.sizeFromShape([...program.shape]) / width;
  return runProgram({ ...program, groups: rows, ints: { rows, width, ...program.ints } });
}

const reduction = (name: string, step: string): string => `
  fn ${name}(mine : vec2<f32>) -> vec2<f32> {
    let at = i32(localId.x);
    parts[at] = mine;
    workgroupBarrier();
    for (var half = ${THREADS / 2}; half > 0; half = half >> 1) {
      if (at < half) {
        let a = parts[at];
        let b = parts[at + half];
        parts[at] = ${step};
      }
      workgroupBarrier();
    }
    let all = parts[0];
    workgroupBarrier();
    return all;
  }
`;

/** Sums and maxima over a workgroup, two at a time; every thread has to come by. */
export const REDUCTIONS = `
  var<workgroup> parts : array<vec2<f32>, ${THREADS}>;
  ${reduction('total', 'a + b')}
  ${reduction('largest', 'max(a, b)')}
`;

/**
 * The beginning of `main` for a program by rows: where the row starts and ends in a flat tensor, and the thread's place.
 * Workgroups beyond the last row get an empty one: none may leave before a barrier.
 */
export const ROW = `
  let at = i32(localId.x);
  let row = index / ${THREADS};
  let start = row * uniforms.width;
  let end = select(start, start + uniforms.width, row < uniforms.rows);
`;
