/**
 * Weights that make every class count alike: `n / (k · n_c)` for the class c with n_c of n, where k counts the
 * classes that occur; 1 for a class without rows.
 * @param labels one a row or token  @param classes how many classes there are
 */
export function balancedWeights(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]! += 1;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : labels.length / (present * count)));
}
