import { classification } from '@adapterfusion/head-classification';
import { logLoss, softmax } from '@adapterfusion/metrics';
import { openBackend, read, tensor, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fitLinearHead } from './fit-linear-head.js';
import { createRegistry } from './builtin-plugins.js';
import { fitLinear } from './linear-fit.js';
import { tinyTask } from './memory.spec.js';
import { openSession } from './session.js';

const WIDTH = 16;

/** Rows around a centre of their class, of any length. */
function clusters(classes: number, rows: number, length: number): { features: Float32Array; labels: number[] } {
  const labels = Array.from({ length: rows }, (_, row) => row % classes);
  const features = Float32Array.from({ length: rows * WIDTH }, (_, at) => {
    const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
    return length * ((column === labels[row]! ? 1 : 0) + 0.8 * Math.sin(1.3 * row + 2.1 * column * row));
  });
  return { features, labels };
}

beforeAll(async () => {
  await openBackend('cpu');
});

describe.each([2, 4])('a head of %d classes', (classes) => {
  it('answers with the probabilities of the fit', async () => {
    const { model } = await openSession('encoder', { files: tinyTask(), backend: 'cpu', registry: createRegistry() });
    const { features, labels } = clusters(classes, 40, 5);
    const names = Array.from({ length: classes }, (_, label) => `label ${label}`);
    model.addHead('head', classification({ layers: 1 }), names, { seed: 1 });
    const before = tensorCount();
    const fit = fitLinearHead(model, 'head', features, labels, { seed: 1 });
    expect(tensorCount()).toBe(before);
    const { instance, params } = model.heads.get('head')!;
    const pooled = tensor(features, [40, WIDTH]);
    const logits = instance.forward(params, pooled);
    const values = [...(await read(logits))];
    const expected = fit.probabilities(features);
    for (let row = 0; row < 40; row++)
      softmax(values.slice(row * classes, (row + 1) * classes)).forEach((score, label) =>
        expect(score).toBeCloseTo(expected[row * classes + label]!, 5),
      );
    expect(logLoss(expected, labels, classes)).toBeLessThan(0.6 * Math.log(classes));
    model.dispose();
  });

  it('is fitted equally well to features of any length', () => {
    const [short, long] = [clusters(classes, 40, 0.01), clusters(classes, 40, 100)];
    const fits = [short, long].map(({ features, labels }) =>
      fitLinear(features, labels, { width: WIDTH, classes, seed: 1 }),
    );
    expect(fits[0]!.c).toBe(fits[1]!.c);
    expect(fits[0]!.logLoss).toBeCloseTo(fits[1]!.logLoss!, 2);
  });

  it('is pulled towards a prior by the penalty', () => {
    const { features, labels } = clusters(classes, 40, 3);
    const common = { width: WIDTH, classes, seed: 1 };
    const good = fitLinear(features, labels, common);
    const few = [features.subarray(0, 8 * WIDTH), labels.slice(0, 8)] as const;
    const pulled = fitLinear(...few, { ...common, prior: { weights: good.weights, bias: good.bias } });
    const alone = fitLinear(...few, common);
    const loss = (fit: typeof good): number => logLoss(fit.probabilities(features), labels, classes);
    expect(loss(pulled)).toBeLessThan(loss(alone) / 2);
  });

  it('is not pulled towards a prior that misleads', () => {
    const { features, labels } = clusters(classes, 40, 3);
    const common = { width: WIDTH, classes, seed: 1 };
    const wrong = fitLinear(
      features,
      labels.map((label) => (label + 1) % classes),
      common,
    );
    const strong = (values: Float64Array): Float64Array => values.map((value) => 20 * value);
    const prior = { weights: strong(wrong.weights), bias: strong(wrong.bias) };
    const plain = fitLinear(features, labels, common);
    expect(fitLinear(features, labels, { ...common, prior }).weights).toEqual(plain.weights);
  });
});

it('rows that cannot be divided are fitted without a choice of C', () => {
  const features = Float32Array.from({ length: 2 * WIDTH }, (_, at) => Math.sin(at));
  const fit = fitLinear(features, [0, 1], { width: WIDTH, classes: 2, seed: 1 });
  expect([fit.c, fit.logLoss]).toEqual([1, undefined]);
  expect(fit.probabilities(features)[0]).toBeGreaterThan(0.5);
});

it('a class without rows leaves the head finite', () => {
  const { features, labels } = clusters(2, 20, 1);
  const fit = fitLinear(features, labels, { width: WIDTH, classes: 3, seed: 1 });
  expect([...fit.weights, ...fit.bias].every((value) => Math.abs(value) < 1e4)).toBe(true);
});

it('a head of two layers is refused', async () => {
  const { model } = await openSession('encoder', { files: tinyTask(), backend: 'cpu', registry: createRegistry() });
  model.addHead('head', classification(), ['a', 'b'], { seed: 1 });
  const { features, labels } = clusters(2, 10, 1);
  expect(() => fitLinearHead(model, 'head', features, labels, { seed: 1 })).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED' }),
  );
  model.dispose();
});
