import type { LowRank, Tensor } from '@adapterfusion/contracts';
import {
  activate,
  concat,
  constant,
  keep,
  linear,
  mul,
  reshape,
  slice,
  tensor,
  transpose,
} from '@adapterfusion/tensor';

/** Children that read one input, those of one activation beside each other, with their down-projections stacked. */
interface Group {
  /** Which of the distinct inputs. */
  readonly input: number;
  /** `[columns, width]` */
  readonly down: Tensor;
  /** `[columns]` */
  readonly downBias: Tensor;
  /** Runs of columns with one activation. */
  readonly runs: readonly { readonly activation: string; readonly columns: number }[];
}

/** The factors of all low-rank children side by side: B columns in all, N children. */
export interface Stack {
  readonly groups: readonly Group[];
  /** `[outDim, B]`, scaled. */
  readonly up: Tensor;
  /** `[B, outDim]`, the same transposed. */
  readonly upTransposed: Tensor;
  /** `[N, outDim]`, the scaled biases; zero rows for children without one. */
  readonly bias: Tensor;
  /** `[N, B]`, 1 where a column belongs to a child. */
  readonly members: Tensor;
}

/** Where a low-rank child stands and which of the distinct inputs it reads. */
export interface Placed {
  readonly child: number;
  readonly input: number;
  readonly factors: LowRank;
}

/**
 * Stacks the factors of low-rank children. Differentiable: gradients flow to factors that train.
 * @param children how many children the fusion has in all
 * @returns tensors that belong to the surrounding scope
 */
export function stackFactors(placed: readonly Placed[], children: number): Stack {
  const inputs = [...new Set(placed.map(({ input }) => input))];
  const ordered = inputs.map((input) =>
    placed
      .filter((each) => each.input === input)
      .sort((a, b) => (a.factors.activation < b.factors.activation ? -1 : 1)),
  );
  const columns = ordered.flat();
  const widths = columns.map(({ factors }) => factors.down.shape[0]!);
  const outDim = columns[0]!.factors.up.shape[0]!;
  const total = widths.reduce((sum, width) => sum + width, 0);
  const members = new Float32Array(children * total);
  let at = 0;
  columns.forEach(({ child }, index) => {
    members.fill(1, child * total + at, child * total + at + widths[index]!);
    at += widths[index]!;
  });
  const zeroRow = tensor(new Float32Array(outDim), [1, outDim]);
  const rows = Array.from({ length: children }, (_, child) => {
    const factors = placed.find((each) => each.child === child)?.factors;
    return factors?.upBias ? scaled(reshape(factors.upBias, [1, outDim]), factors.scale) : zeroRow;
  });
  const upTransposed = concat(
    columns.map(({ factors }) => scaledUp(factors)),
    0,
  );
  return {
    groups: ordered.map((group) => ({
      input: group[0]!.input,
      down: concat(
        group.map(({ factors }) => factors.down),
        0,
      ),
      downBias: concat(
        group.map(
          ({ factors }) =>
            factors.downBias ?? tensor(new Float32Array(factors.down.shape[0]!), [factors.down.shape[0]!]),
        ),
        0,
      ),
      runs: runsOf(group),
    })),
    up: transpose(upTransposed),
    upTransposed,
    bias: concat(rows, 0),
    members: constant(tensor(members, [children, total])),
  };
}

/** Keeps a stack beyond its scope and declares it constant. */
export function keepStack(stack: Stack): { stack: Stack; tensors: Tensor[] } {
  const tensors = [
    stack.up,
    stack.upTransposed,
    stack.bias,
    stack.members,
    ...stack.groups.flatMap((group) => [group.down, group.downBias]),
  ];
  for (const each of tensors) constant(keep(each));
  return { stack, tensors };
}

/**
 * The activations of all bottlenecks side by side.
 * @param inputs the distinct inputs, `[..., width]` each
 * @returns `[..., B]`
 */
export function bottlenecks(stack: Stack, inputs: readonly Tensor[]): Tensor {
  const parts = stack.groups.flatMap((group) => {
    const reached = linear(inputs[group.input]!, group.down, group.downBias);
    if (group.runs.length === 1) return [activate(group.runs[0]!.activation, reached)];
    let start = 0;
    return group.runs.map(({ activation, columns }) => {
      const part = slice(reached, reached.shape.length - 1, start, columns);
      start += columns;
      return activate(activation, part);
    });
  });
  return parts.length === 1 ? parts[0]! : concat(parts, parts[0]!.shape.length - 1);
}

function runsOf(group: readonly Placed[]): { activation: string; columns: number }[] {
  const runs: { activation: string; columns: number }[] = [];
  for (const { factors } of group) {
    const last = runs[runs.length - 1];
    const columns = factors.down.shape[0]!;
    if (last?.activation === factors.activation) last.columns += columns;
    else runs.push({ activation: factors.activation, columns });
  }
  return runs;
}

/** The scale, a number, `[1]` or `[outDim]`, runs along the last axis of both factors. */
const scaled = (x: Tensor, scale: number | Tensor): Tensor => (scale === 1 ? x : mul(x, scale));
const scaledUp = ({ up, scale }: LowRank): Tensor => scaled(transpose(up), scale);
