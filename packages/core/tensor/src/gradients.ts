import type { Tensor } from '@adapterfusion/contracts';
import { plus } from './arithmetic.js';
import { isFrozen } from './create.js';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/** A kernel on the tape of TensorFlow.js. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  gradient?(dys: tf.Tensor[]): Record<string, () => tf.Tensor>;
  readonly saved?: readonly tf.Tensor[];
}

/** What we use of the engine to record. */
interface Recorder {
  readonly state: { activeTape: TapeNode[] | null };
  startTape(): void;
  endTape(): void;
}

/**
 * Gradients of a scalar by reverse differentiation. What an operation has saved, and the gradient of its result, are freed
 * as soon as they are used: the backward pass needs less and less memory, where TensorFlow.js's own keeps all to the end.
 * @param f computes the scalar; tensors made in it are freed
 * @param parameters by name; only operations that depend on them are differentiated
 * @returns the scalar and one gradient a parameter (zeros where `f` does not depend on it), all the caller's
 * @throws TypeError for a parameter that is frozen, and inside of another gradient
 */
export function gradients(
  f: () => Tensor,
  parameters: ReadonlyMap<string, Tensor>,
): { value: Tensor; gradients: Map<string, Tensor> } {
  const names = [...parameters.keys()];
  const frozen = names.find((name) => isFrozen(parameters.get(name)!));
  if (frozen !== undefined) throw new TypeError(`No gradient can be asked of "${frozen}": it is frozen`);
  const inputs = [...parameters.values()].map(raw);
  return tf.tidy(() => {
    const { value, found } = differentiate(f as () => tf.Tensor, inputs);
    const entries = names.map((name, index) => {
      const input = inputs[index]!;
      return [name, tf.keep(found.get(input.id) ?? tf.zerosLike(input))] as const;
    });
    tf.keep(value);
    return { value, gradients: new Map<string, Tensor>(entries) } as unknown as tf.TensorContainer;
  }) as unknown as { value: Tensor; gradients: Map<string, Tensor> };
}

/** Gradients by the id of what they are of. */
type Gradients = Map<number, tf.Tensor>;

function differentiate(f: () => tf.Tensor, inputs: readonly tf.Tensor[]): { value: tf.Tensor; found: Gradients } {
  const { value, tape } = record(f);
  const left = new Set(tape.flatMap(({ saved }) => saved ?? []));
  const free = ({ saved }: TapeNode): void => {
    for (const each of saved ?? []) {
      each.dispose();
      left.delete(each);
    }
  };
  try {
    const path = between(tape, inputs, value);
    for (const node of tape) if (!path.has(node)) free(node);
    const found: Gradients = new Map([[value.id, tf.onesLike(value)]]);
    const nothing = tf.scalar(0);
    for (const [node, wanted] of [...path].reverse()) {
      stepBack(node, wanted, found, nothing);
      free(node);
    }
    return { value, found };
  } finally {
    for (const each of left) each.dispose();
  }
}

/** Runs `f` with the tape on. */
function record(f: () => tf.Tensor): { value: tf.Tensor; tape: TapeNode[] } {
  const engine = tf.engine() as unknown as Recorder;
  if (engine.state.activeTape) throw new TypeError('Gradients inside of gradients are not supported');
  engine.startTape();
  try {
    const value = tf.tidy(f);
    return { value, tape: engine.state.activeTape! };
  } catch (error) {
    for (const { saved } of engine.state.activeTape ?? []) tf.dispose([...(saved ?? [])]);
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** Indices and comparisons have no gradient, and a constant stops it. */
const carriesGradient = (output: tf.Tensor): boolean => output.dtype === 'float32' && !isFrozen(output);

/** The kernels on the way from the inputs to the value, in order, each with the names of its inputs that lie on it. */
function between(tape: TapeNode[], inputs: readonly tf.Tensor[], value: tf.Tensor): Map<TapeNode, string[]> {
  const reached = new Set(inputs.map(({ id }) => id));
  const candidates = tape.flatMap((node): [TapeNode, string[]][] => {
    const wanted = Object.keys(node.inputs).filter((name) => reached.has(node.inputs[name]!.id));
    if (wanted.length === 0) return [];
    for (const output of node.outputs) if (carriesGradient(output)) reached.add(output.id);
    return [[node, wanted]];
  });
  const leading = new Set([value.id]);
  const path = candidates.reverse().filter(([{ inputs: of, outputs }, wanted]) => {
    if (!outputs.some(({ id }) => leading.has(id))) return false;
    for (const name of wanted) leading.add(of[name]!.id);
    return true;
  });
  return new Map(path.reverse());
}

/**
 * Takes the gradients of a kernel's results and adds those of its inputs.
 * @param nothing stands for the gradient of what our own operations give beside their result: none of them reads it
 */
function stepBack(node: TapeNode, wanted: readonly string[], found: Gradients, nothing: tf.Tensor): void {
  if (!node.gradient) throw new TypeError(`"${node.kernelName}" has no gradient`);
  const ours = node.kernelName.startsWith('Af');
  const dys = node.outputs.map((output) => {
    const dy = found.get(output.id) ?? (ours ? nothing : tf.zerosLike(output));
    found.delete(output.id);
    return dy;
  });
  const thunks = node.gradient(dys);
  for (const name of wanted) {
    const { id } = node.inputs[name]!;
    const made = tf.tidy(thunks[name]!);
    const dx = dys.includes(made) ? tf.clone(made) : made;
    const before = found.get(id);
    found.set(id, before ? plus({ a: before, b: dx }, {})[0]! : dx);
    if (before) tf.dispose([before, dx]);
  }
  tf.dispose(dys.filter((dy) => dy !== nothing));
}
