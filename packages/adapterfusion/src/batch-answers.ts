import { AdapterFusionError, type HostBatch, type RowOutput, type Tensor } from '@adapterfusion/contracts';
import type { ForwardOptions, FusionAttention } from '@adapterfusion/model';
import { classifyBranches } from '@adapterfusion/model/branches';
import { dispose, read } from '@adapterfusion/tensor';
import type { Session } from './session.js';

/** Logits of a batch: of one head, or one tensor a branch. */
export function classified(
  model: Session['model'],
  batch: HostBatch,
  heads: readonly string[],
  run: Pick<ForwardOptions, 'attention' | 'mask' | 'skip'>,
): { readonly logits: readonly Tensor[]; readonly attention: readonly FusionAttention[] } {
  if (heads.length > 1) return classifyBranches(model, batch, { heads, ...run });
  const { logits, attention } = model.classify(batch, { head: heads[0]!, ...run });
  return { logits: [logits], attention };
}

/**
 * The outputs of each row by branch; frees the tensors. Branches of a parallel block have all rows each, those of a
 * batch-split block a part of them, one after another.
 */
export async function rowsOfBranches(
  logits: readonly Tensor[],
  rows: number,
  { groups, shape: size }: Pick<HostBatch, 'groups' | 'shape'>,
): Promise<{ readonly branch: number; readonly output: RowOutput }[][]> {
  const answers = Array.from({ length: rows }, (): { branch: number; output: RowOutput }[] => []);
  let first = 0;
  for (const [branch, tensor] of logits.entries()) {
    const values = await read(tensor);
    dispose(tensor);
    const [inputs, ...shape] = tensor.shape as [number, ...number[]];
    const width = values.length / inputs;
    const counts = groups ?? new Array<number>(inputs).fill(1);
    let from = 0;
    for (const [row, count] of counts.entries()) {
      const until = from + count * width;
      answers[first + row]!.push({ branch, output: { values: values.slice(from, until), shape: [count, ...shape] } });
      from = until;
    }
    if (inputs < size[0]) first += inputs;
  }
  return answers;
}

/**
 * Whether a batch-split block can answer.
 * @param size rows that it tells apart by their places
 * @throws OPTIONS_INVALID for rows that are no whole number of groups, and where attention is asked for
 */
export function checkParts(size: number, rows: number, attention: boolean): void {
  const refuse = (at: string, expected: string, got: string): never => {
    const fix = 'Predict with one of its branches (--head).';
    throw new AdapterFusionError('OPTIONS_INVALID', { at, expected, got, fix });
  };
  if (rows % size !== 0)
    refuse(
      'predict.inputs',
      `a multiple of ${size}, which the batch-split block tells apart by their places`,
      `${rows}`,
    );
  if (attention)
    refuse('predict.attention', 'a composition in which all rows meet the same fusions', 'a batch-split block');
}

/** Weights of each row by site, averaged over the tokens of its inputs that are not padding. Frees the tensors. */
export async function averaged(
  attention: readonly FusionAttention[],
  mask: Float32Array,
  [inputs, time]: readonly [number, number],
  groups: readonly number[] = new Array<number>(inputs).fill(1),
): Promise<Record<string, number[]>[]> {
  const result = groups.map((): Record<string, number[]> => ({}));
  for (const { site, weights, names } of attention) {
    const values = await read(weights);
    dispose(weights);
    const children = names.length;
    let at = 0;
    for (const [row, count] of groups.entries()) {
      const sums = new Array<number>(children).fill(0);
      let tokens = 0;
      for (const end = at + count * time; at < end; at++) {
        if (mask[at] === 0) continue;
        tokens++;
        for (let child = 0; child < children; child++) sums[child]! += values[at * children + child]!;
      }
      result[row]![site.name] = sums.map((sum) => sum / tokens);
    }
  }
  return result;
}

/** Weights of the rows of one example by site, averaged over the rows. @param rows at least one */
export function meanWeights(rows: readonly Record<string, number[]>[]): Record<string, number[]> {
  const [first] = rows as [Record<string, number[]>];
  if (rows.length === 1) return first;
  const mean = (site: string, child: number): number =>
    rows.reduce((sum, row) => sum + row[site]![child]!, 0) / rows.length;
  return Object.fromEntries(
    Object.entries(first).map(([site, own]) => [site, own.map((_, child) => mean(site, child))]),
  );
}
