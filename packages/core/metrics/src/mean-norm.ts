/** Mean Euclidean norm of the rows; 1 where all are zero. @param features `[rows, width]` */
export function meanNorm(features: Float32Array, width: number): number {
  const rows = features.length / width;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let at = row * width; at < (row + 1) * width; at++) squares += features[at]! ** 2;
    sum += Math.sqrt(squares);
  }
  return sum / rows || 1;
}

/** All values multiplied, in double precision. */
export const scaledBy = (features: Float32Array, factor: number): Float64Array =>
  Float64Array.from(features, (value) => value * factor);
