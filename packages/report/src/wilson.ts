/** The normal distribution's 97.5 % point. */
const Z = 1.959964;

/**
 * Wilson's 95 % interval of a share (Wilson 1927).
 * @param share what was seen, 0 to 1
 * @param rows of how many
 * @returns `[low, high]`
 */
export function wilson(share: number, rows: number): [number, number] {
  const [square, doubled] = [Z ** 2, 2 * rows];
  const middle = share + square / doubled;
  const half = Z * Math.sqrt((share * (1 - share)) / rows + square / (doubled * doubled));
  const scale = 1 + square / rows;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
