type Labels = readonly number[];

/**
 * F1 over labels, as scikit-learn's `f1_score` of indicator matrices: `micro` from the sums of true and false positives over
 * all labels, `macro` the mean over labels; 0 where a label occurs neither in the targets nor in the predictions.
 * @param count how many labels there are
 */
export function multiLabelF1(
  predictions: readonly Labels[],
  targets: readonly Labels[],
  count: number,
): { readonly micro: number; readonly macro: number } {
  const hits = new Array<number>(count).fill(0);
  const named = new Array<number>(count).fill(0);
  targets.forEach((target, row) => {
    const prediction = predictions[row]!;
    for (const label of target) named[label]!++;
    for (const label of prediction) {
      named[label]!++;
      if (target.includes(label)) hits[label]!++;
    }
  });
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const f1 = (hit: number, both: number): number => (both === 0 ? 0 : (2 * hit) / both);
  return {
    micro: f1(sum(hits), sum(named)),
    macro: count === 0 ? 0 : sum(hits.map((hit, label) => f1(hit, named[label]!))) / count,
  };
}

/** The share of rows whose labels are exactly the target's, as scikit-learn's `accuracy_score` of indicator matrices. */
export function subsetAccuracy(predictions: readonly Labels[], targets: readonly Labels[]): number {
  const right = targets.filter((target, row) => {
    const prediction = predictions[row]!;
    return prediction.length === target.length && target.every((label) => prediction.includes(label));
  });
  return right.length / targets.length;
}
