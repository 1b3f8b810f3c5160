import { classification } from '@adapterfusion/head-classification';
import { multipleChoice } from '@adapterfusion/head-multiple-choice';
import { regression } from '@adapterfusion/head-regression';
import { logLoss, softmax } from '@adapterfusion/metrics';
import { textClassification } from '@adapterfusion/task-text-classification';
import { regression as regressionTask } from '@adapterfusion/task-regression';
import { openBackend, read, tensor, tensorCount } from '@adapterfusion/tensor';
import type { TrainingRow } from '@adapterfusion/training';
import { beforeAll, expect, it } from 'vitest';
import { createRegistry } from './builtin-plugins.js';
import { fitHead, fitOptionsOf, fittedAnswers, setHead, sizeOf } from './fit-head.js';
import { tinyTask } from './memory.spec.js';
import { openSession } from './session.js';

const WIDTH = 16;
const ROWS = 40;
const context = { hidden: WIDTH, labels: 3, dropout: 0.1 };
const names = ['a', 'b', 'c'];
const features = Float32Array.from({ length: ROWS * WIDTH }, (_, at) => {
  const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
  return (column === row % 3 ? 3 : 0) + 0.8 * Math.sin(1.3 * row + 2.1 * column * row);
});
const rows = (target: (row: number) => unknown): TrainingRow[] =>
  Array.from({ length: ROWS }, (_, row) => ({ group: [{ ids: [1], types: [0] }], target: target(row) }));

beforeAll(async () => {
  await openBackend('cpu');
});

it('a fitted head of a model answers with the labels, and nothing of it is left behind', async () => {
  const { model } = await openSession('encoder', { files: tinyTask(), backend: 'cpu', registry: createRegistry() });
  model.addHead('head', classification({ layers: 1 }), names, { seed: 1 });
  const kind = textClassification().create({ labels: names });
  const given = { rows: rows((row) => row % 3), features };
  const { instance } = model.heads.get('head')!;
  const before = tensorCount();
  const fit = await fitHead(instance, kind, given, WIDTH, { seed: 1 });
  setHead(model, 'head', fit);
  const predictions = await fittedAnswers(instance, fit, kind, given, WIDTH);
  expect(tensorCount()).toBe(before);
  expect(predictions.filter((label, row) => label === row % 3).length).toBe(ROWS);
  expect(sizeOf(fit)).toBe(3 * (WIDTH + 1));
  const logits = [...(await read(instance.forward(model.heads.get('head')!.params, tensor(features, [ROWS, WIDTH]))))];
  const scores = given.rows.flatMap((_, row) => softmax(logits.slice(row * 3, row * 3 + 3)));
  const labels = given.rows.map((_, row) => row % 3);
  expect(logLoss(scores, labels, 3)).toBeLessThan(fit.loss!);
  expect(fit.loss!).toBeLessThan(0.6 * Math.log(3));
  model.dispose();
});

it('a head of numbers answers in their unit', async () => {
  const kind = regressionTask().create({ labels: [] });
  const head = regression({ layers: 1, centre: 100, scale: 20 }).create({ ...context, labels: 0 });
  const number = (row: number): number => 100 + 20 * features[row * WIDTH]! - 10 * features[row * WIDTH + 1]!;
  const given = { rows: rows(number), features };
  const fit = await fitHead(head, kind, given, WIDTH, { seed: 1 });
  const before = tensorCount();
  const answers = await fittedAnswers(head, fit, kind, given, WIDTH);
  expect(tensorCount()).toBe(before);
  answers.forEach((answer, row) => expect(answer).toBeCloseTo(number(row), 1));
  expect(fit.loss!).toBeLessThan(0.01);
});

it('classes that weigh the same have weights by their rows', () => {
  const kind = textClassification().create({ labels: names });
  const given = rows((row) => (row < 30 ? 0 : 2));
  expect(fitOptionsOf({ seed: 4, classWeights: 'none' }, kind, given)).toEqual({ seed: 4 });
  expect(fitOptionsOf({ seed: 4, classWeights: 'balanced' }, kind, given)).toEqual({
    seed: 4,
    weights: { class: [40 / 60, 1, 2] },
  });
});

it('a head without a closed form is refused', async () => {
  const kind = textClassification().create({ labels: names });
  for (const head of [classification(), classification({ layers: 1, bias: false }), multipleChoice({ layers: 1 })])
    await expect(
      fitHead(head.create(context), kind, { rows: rows(() => 0), features }, WIDTH, { seed: 1 }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});
