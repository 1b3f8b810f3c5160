import type { Child, Tensor } from '@adapterfusion/contracts';
import { activate, concat, fill, linear, slice, transpose } from '@adapterfusion/tensor';
import { columnsOf, unfold, type Columns } from './columns.js';

/** Where a child with factors stands and which of the distinct inputs it reads. */
export interface Placed {
  readonly child: number;
  readonly input: number;
  readonly activation: string;
  /** Made when asked for; tensors of the surrounding scope. */
  columns(): Columns;
}

/** Children that read one input, those of one activation beside each other, with their down-projections stacked. */
interface Group {
  readonly input: number;
  /** `[width, columns]` */
  readonly down: Tensor;
  readonly downBias: Tensor;
  /** Runs of columns with one activation. */
  readonly runs: readonly { readonly activation: string; readonly columns: number }[];
}

/**
 * All low-rank children of a fusion side by side. A child is as many columns as its bottleneck is wide, and one more for
 * its bias, whose activation is 1: `columns` in all.
 */
export interface Stack {
  readonly groups: readonly Group[];
  /** The child of each column; those of biases come last. */
  readonly owners: readonly number[];
  /** `[columns, outDim]`: what each column adds to the mixture, scale included. */
  readonly out: Tensor;
  /** Each column's direction in the space that scores it. */
  readonly scores: {
    /** `[outDim, columns]` */
    readonly weight: Tensor;
    /** `[columns]` */
    readonly bias?: Tensor;
  };
}

/** Those among the children that have factors, folded or not, and the distinct tensors that they read. */
export function placeChildren(children: readonly Child[]): { placed: Placed[]; inputs: Tensor[] } {
  const inputs: Tensor[] = [];
  const placed = children.flatMap(({ lowRank, folded }, child): Placed[] => {
    const factors = folded ?? lowRank;
    if (!factors) return [];
    if (!inputs.includes(factors.input)) inputs.push(factors.input);
    const columns = (): Columns => (folded ? unfold(folded) : columnsOf(lowRank!));
    return [{ child, input: inputs.indexOf(factors.input), activation: factors.activation, columns }];
  });
  return { placed, inputs };
}

/**
 * Stacks the columns of children. Differentiable: gradients flow to factors that train.
 * @returns tensors that belong to the surrounding scope
 */
export function stackFactors(placed: readonly Placed[]): Stack {
  const inputs = [...new Set(placed.map(({ input }) => input))];
  const grouped = inputs.map((input) =>
    placed
      .filter((each) => each.input === input)
      .sort((a, b) => (a.activation < b.activation ? -1 : 1))
      .map((each) => ({ ...each, columns: each.columns() })),
  );
  const ordered = grouped.flat();
  const biased = ordered.filter(({ columns }) => columns.bias);
  const rows = [...ordered.map(({ columns }) => columns.units), ...biased.map(({ columns }) => columns.bias!)];
  const out = joined(rows.map((each) => each.out));
  const owners = [
    ...ordered.flatMap(({ child, columns }) => Array.from({ length: widthOf(columns) }, () => child)),
    ...biased.map(({ child }) => child),
  ];
  return {
    groups: grouped.map((group) => ({
      input: group[0]!.input,
      down: transpose(joined(group.map(({ columns }) => columns.down))),
      downBias: joined(group.map(({ columns }) => columns.downBias ?? fill([widthOf(columns)], 0))),
      runs: runsOf(group),
    })),
    owners,
    out,
    scores: {
      weight: transpose(rows[0]!.scores ? joined(rows.map(({ scores }) => scores!)) : out),
      ...(rows[0]!.scoresBias ? { bias: joined(rows.map(({ scoresBias }) => scoresBias!)) } : {}),
    },
  };
}

const joined = (parts: readonly Tensor[]): Tensor => concat(parts, 0);

/**
 * The activations of all columns but those of biases, which are 1: `[..., columns]`.
 * @param inputs the distinct inputs, `[..., width]` each
 */
export function activations(stack: Stack, inputs: readonly Tensor[]): Tensor {
  const parts = stack.groups.flatMap(({ input, down, downBias, runs }) => {
    const reached = linear(inputs[input]!, down, downBias, { transposed: true });
    const axis = reached.shape.length - 1;
    let start = 0;
    return runs.map(({ activation, columns }) => {
      const own = runs.length === 1 ? reached : slice(reached, axis, start, columns);
      start += columns;
      return activate(activation, own);
    });
  });
  return parts.length === 1 ? parts[0]! : concat(parts, parts[0]!.shape.length - 1);
}

function runsOf(group: readonly { readonly columns: Columns }[]): { activation: string; columns: number }[] {
  const runs: { activation: string; columns: number }[] = [];
  for (const { columns } of group) {
    const last = runs[runs.length - 1];
    if (last?.activation === columns.activation) last.columns += widthOf(columns);
    else runs.push({ activation: columns.activation, columns: widthOf(columns) });
  }
  return runs;
}

const widthOf = ({ down }: Columns): number => down.shape[0]!;
