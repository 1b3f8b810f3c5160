import type { Tensor } from '@adapterfusion/contracts';
import { cases, maskOf, train, type Case } from './cases.spec.js';
import { elementary } from './elementary.spec.js';
import * as ours from './index.js';
import { dot, noise, sizeOf } from './oracle.spec.js';
import { toolbox } from './toolbox.spec.js';

/** Largest error by backend, relative to 1 + |expected|. A backend without an entry has not been measured. */
export const TOLERANCES: Partial<Record<ours.BackendName, { readonly value: number; readonly gradient: number }>> = {
  cpu: { value: 2e-6, gradient: 1e-5 },
  wasm: { value: 2e-6, gradient: 1e-5 },
  native: { value: 2e-6, gradient: 1e-5 },
  webgpu: { value: 2e-6, gradient: 1e-5 },
};

/** Of any test runner. */
export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => void | Promise<void>): void;
  beforeAll(body: () => void | Promise<void>): void;
}

function compare(what: string, actual: ArrayLike<number>, expected: readonly number[], within: number): void {
  if (actual.length !== expected.length) throw new Error(`${what}: ${actual.length} values, not ${expected.length}`);
  expected.forEach((value, index) => {
    const error = Math.abs(actual[index]! - value) / (1 + Math.abs(value));
    if (!(error <= within))
      throw new Error(`${what}[${index}]: ${actual[index]} instead of ${value} (${error} > ${within})`);
  });
}

/** Runs `body` and throws where it leaves tensors behind or frees too many. */
async function counted<T>(body: () => Promise<T>): Promise<T> {
  const before = ours.tensorCount();
  const result = await body();
  if (ours.tensorCount() !== before) throw new Error(`${ours.tensorCount() - before} tensors left behind`);
  return result;
}

const valuesOf = (test: Case): number[][] =>
  test.inputs.map((shape, index) => test.values?.(index, sizeOf(shape)) ?? noise(sizeOf(shape), index + 1));

/** As parameters, for `body`. */
async function withInputs<T>(test: Case, body: (inputs: Tensor[], values: number[][]) => Promise<T>): Promise<T> {
  return counted(async () => {
    const values = valuesOf(test);
    const inputs = test.inputs.map((shape, index) => ours.parameter(Float32Array.from(values[index]!), shape));
    inputs.forEach((input, index) => ours.setTrainable(input, !test.frozen?.includes(index)));
    const result = await body(inputs, values);
    ours.dispose(inputs);
    return result;
  });
}

async function checkValue(test: Case, within: number): Promise<void> {
  await withInputs(test, async (inputs, values) => {
    await counted(async () => {
      const out = test.run(inputs);
      compare('value', await ours.read(out), test.oracle(values), within);
      if (!inputs.includes(out)) out.dispose();
    });
  });
}

async function checkGradients(test: Case, within: number): Promise<void> {
  await withInputs(test, async (inputs, values) => {
    const trained = inputs
      .map((input, index) => [String(index), input] as const)
      .filter(([, input]) => !ours.isFrozen(input));
    const by = noise(test.oracle(values).length, 77);
    const loss = (at: readonly number[][]): number => dot(test.oracle(at), by);
    const found = await counted(async () => {
      const { value, gradients } = ours.gradients(() => {
        const out = test.run(inputs);
        return ours.sum(ours.mul(out, ours.tensor(by, out.shape)));
      }, new Map(trained));
      const read = new Map<number, Float32Array>();
      for (const [name, gradient] of gradients) read.set(Number(name), await ours.read(gradient));
      value.dispose();
      ours.dispose(gradients.values());
      return read;
    });
    for (const [index, gradient] of found) {
      const at = values[index]!;
      const change = (direction: number[]): number => {
        const moved = (step: number): number[][] =>
          values.with(
            index,
            at.map((v, i) => v + step * direction[i]!),
          );
        return (loss(moved(1e-5)) - loss(moved(-1e-5))) / 2e-5;
      };
      if (test.large)
        for (const seed of [1, 2, 3]) {
          const direction = noise(at.length, seed);
          compare(`gradient ${index} along ${seed}`, [dot([...gradient], direction)], [change(direction)], within);
        }
      else {
        const expected = at.map((_, i) => change(at.map((__, j) => (i === j ? 1 : 0))));
        compare(`gradient ${index}`, gradient, expected, within);
      }
    }
  });
}

/** Masks are the same bits everywhere. */
async function checkMask(shape: number[], probability: number): Promise<void> {
  await counted(async () => {
    const mask = ours.dropoutMask(shape, probability, train, 'place');
    const found = await ours.read(mask);
    maskOf(shape, probability, 'place').forEach((value, index) => {
      if (found[index] !== value) throw new Error(`mask[${index}] is ${found[index]} instead of ${value}`);
    });
    mask.dispose();
  });
}

/** AdamW (Loshchilov & Hutter 2019, algorithm 2) in double precision over some steps. */
async function checkAdam(within: number): Promise<void> {
  await counted(async () => {
    const start = noise(6, 1);
    const [weight, first, second] = [Float32Array.from(start), new Float32Array(6), new Float32Array(6)].map((of) =>
      ours.parameter(of, [2, 3]),
    ) as [Tensor, Tensor, Tensor];
    const settings = { learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
    const [w, m, v] = [[...start], start.map(() => 0), start.map(() => 0)];
    for (let count = 1; count <= 4; count++) {
      const gradient = noise(6, 10 + count);
      const given = ours.tensor(gradient, [2, 3]);
      ours.adamStep(weight, given, first, second, { ...settings, count });
      given.dispose();
      gradient.forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        const step = m[i] / (1 - 0.9 ** count) / (Math.sqrt(v[i] / (1 - 0.999 ** count)) + 1e-8);
        w[i] = w[i]! * (1 - 0.05 * 0.1) - 0.05 * step;
      });
      compare(`weights after ${count}`, await ours.read(weight), w, within);
    }
    compare('first moment', await ours.read(first), m, within);
    compare('second moment', await ours.read(second), v, within);
    ours.dispose([weight, first, second]);
  });
}

/**
 * What every operation computes, its gradients and what it leaves behind, on one backend. One backend a process.
 * @param open opens the backend
 */
export function describeOperations(
  { describe, it, beforeAll }: Runner,
  name: ours.BackendName,
  open: () => Promise<unknown>,
): void {
  describe(`operations on ${name}`, () => {
    const tolerance = TOLERANCES[name];
    if (!tolerance) throw new Error(`No tolerance for ${name}`);
    beforeAll(async () => {
      await open();
      if (ours.currentBackend().name !== name) throw new Error(`${ours.currentBackend().name} is open`);
    });
    for (const test of [...cases, ...elementary, ...toolbox]) {
      it(`${test.name}: value`, () => checkValue(test, tolerance.value));
      it(`${test.name}: gradients`, () => checkGradients(test, tolerance.gradient));
    }
    for (const [shape, probability] of [
      [[7], 0.1],
      [[1, 1, 1, 1], 0.5],
      [[3, 5, 7], 0.5],
      [[64, 65], 0.9],
    ] as const)
      it(`dropoutMask [${shape.join(', ')}], ${probability}: bits`, () => checkMask([...shape], probability));
    it('adamStep: values', () => checkAdam(tolerance.value));
  });
}
