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
    const s = next.map((entry, i) => entry - point[i]!);
    const y = nextGradient.map((entry, i) => entry - gradient[i]!);
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
  const direction = gradient.map((entry) => -entry);
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
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
