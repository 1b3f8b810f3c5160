/** The class that occurs most often, the lowest of equals. @throws TypeError for no labels */
export function majorityClass(labels: readonly number[]): number {
  if (labels.length === 0) throw new TypeError('there is no majority among no labels');
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((best, entry) =>
    entry[1] > best[1] || (entry[1] === best[1] && entry[0] < best[0]) ? entry : best,
  )[0];
}
