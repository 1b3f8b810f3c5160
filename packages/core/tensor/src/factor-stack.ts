import type { Child, Tensor } from '@adapterfusion/contracts';
import { activate } from './activation.js';
import type { ColumnRows, Columns } from './columns.js';
import { fill } from './create.js';
import { linear } from './linear.js';
import { concat, slice, transpose } from './shape.js';

/** A child with factors, and which of the distinct inputs it reads. */
export interface PlacedChild<R extends ColumnRows = ColumnRows> {
  /** Position among the children of the fusion. */
  readonly child: number;
  /** Position among the distinct inputs. */
  readonly input: number;
  readonly activation: string;
  /** Computed when called; tensors of the surrounding scope. */
  columns(): Columns<R>;
}

/** Children that read one input, ordered by activation, with their down-projections stacked. */
interface Group {
  readonly input: number;
  /** `[width, columns]` */
  readonly down: Tensor;
  readonly downBias: Tensor;
  /** Consecutive columns with one activation. */
  readonly runs: readonly { readonly activation: string; readonly columns: number }[];
}

/**
 * All low-rank children of a fusion concatenated. A child has as many columns as its bottleneck is wide, and one more for
 * its bias, whose activation is 1: `columns` in all.
 */
export interface FactorStack<R extends ColumnRows = ColumnRows> {
  readonly groups: readonly Group[];
  /** The child of each column; the columns of biases come last. */
  readonly owners: readonly number[];
  /** `[columns, outDim]`: what each column adds to the mixture, scale included. */
  readonly out: Tensor;
  /** The parts of which `out` is the concatenation, in its order. */
  readonly rows: readonly R[];
}

/**
 * The children that have factors, folded or not, and the distinct tensors that they read.
 * @param columnsOf makes the columns of a child with factors; called inside the scope that stacks them
 */
export function placeChildren<R extends ColumnRows>(
  children: readonly Child[],
  columnsOf: (child: Child) => Columns<R>,
): { placed: PlacedChild<R>[]; inputs: Tensor[] } {
  const inputs: Tensor[] = [];
  const placed = children.flatMap((each, child): PlacedChild<R>[] => {
    const factors = each.folded ?? each.lowRank;
    if (!factors) return [];
    if (!inputs.includes(factors.input)) inputs.push(factors.input);
    const { activation, input } = factors;
    return [{ child, input: inputs.indexOf(input), activation, columns: () => columnsOf(each) }];
  });
  return { placed, inputs };
}

/**
 * Stacks the columns of children. Differentiable: gradients flow to factors that train.
 * @param placed at least one
 * @returns tensors that belong to the surrounding scope
 */
export function stackFactors<R extends ColumnRows>(placed: readonly PlacedChild<R>[]): FactorStack<R> {
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
  return {
    groups: grouped.map((group) => ({
      input: group[0]!.input,
      down: transpose(joined(group.map(({ columns }) => columns.down))),
      downBias: joined(group.map(({ columns }) => columns.downBias ?? fill([widthOf(columns)], 0))),
      runs: runsOf(group),
    })),
    owners: [
      ...ordered.flatMap(({ child, columns }) => Array.from({ length: widthOf(columns) }, () => child)),
      ...biased.map(({ child }) => child),
    ],
    out: joined(rows.map(({ out }) => out)),
    rows,
  };
}

/**
 * The activations of all columns but those of biases, which are 1.
 * @param inputs the distinct inputs, `[..., width]` each
 * @returns `[..., columns]`, a tensor of the surrounding scope
 */
export function stackActivations({ groups }: FactorStack, inputs: readonly Tensor[]): Tensor {
  const parts = groups.flatMap(({ input, down, downBias, runs }) => {
    const projected = linear(inputs[input]!, down, downBias, { transposed: true });
    const axis = projected.shape.length - 1;
    let start = 0;
    return runs.map(({ activation, columns }) => {
      const own = runs.length === 1 ? projected : slice(projected, axis, start, columns);
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

const joined = (parts: readonly Tensor[]): Tensor => concat(parts, 0);

const widthOf = ({ down }: Columns): number => down.shape[0]!;
