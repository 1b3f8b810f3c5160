/** Writes the gradient at `point` into `gradient` and returns the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

const MEMORY = 10;
const SUFFICIENT = 1e-4;

/**
 * Minimises a smooth convex function by L-BFGS (Nocedal 1980; two-loop recursion, 10 pairs, steps halved until the value
 * falls enough). Deterministic.
 * @param start where to begin; left as it is
 * @param options.iterations most steps
 * @param options.tolerance largest entry of the gradient at which it stops
 * @returns the point reached and the steps taken
 */
export function minimise(
  objective: Objective,
  start: Float64Array,
  options: { readonly iterations: number; readonly tolerance: number },
): { readonly point: Float64Array; readonly steps: number } {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: { s: Float64Array; y: Float64Array; curvature: number }[] = [];
  let steps = 0;
  while (steps < options.iterations && largest(gradient) > options.tolerance) {
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    const next = new Float64Array(point.length);
    const nextGradient = new Float64Array(point.length);
    let step = 1;
    let nextValue = Infinity;
    for (; step > 1e-12; step /= 2) {
      for (let i = 0; i < next.length; i++) next[i] = point[i]! + step * direction[i]!;
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + SUFFICIENT * step * slope) break;
    }
    if (!(nextValue < value)) break;
    const s = difference(next, point);
    const y = difference(nextGradient, gradient);
    const curvature = dot(s, y);
    if (curvature > 1e-300) pairs.push({ s, y, curvature });
    if (pairs.length > MEMORY) pairs.shift();
    [point, gradient, value] = [next, nextGradient, nextValue];
    steps++;
  }
  return { point, steps };
}

function descent(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; curvature: number }[],
): Float64Array {
  const direction = gradient.slice();
  for (let i = 0; i < direction.length; i++) direction[i] = -direction[i]!;
  const alphas: number[] = [];
  for (const { s, y, curvature } of pairs.toReversed()) {
    const alpha = dot(s, direction) / curvature;
    add(direction, -alpha, y);
    alphas.push(alpha);
  }
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = newest.curvature / dot(newest.y, newest.y);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const { s, y, curvature } of pairs) add(direction, alphas.pop()! - dot(y, direction) / curvature, s);
  return direction;
}

function add(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  const { length } = a;
  let even = 0;
  let odd = 0;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    even += a[i]! * b[i]!;
    odd += a[i + 1]! * b[i + 1]!;
  }
  return i < length ? even + odd + a[i]! * b[i]! : even + odd;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const result = a.slice();
  for (let i = 0; i < result.length; i++) result[i]! -= b[i]!;
  return result;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
