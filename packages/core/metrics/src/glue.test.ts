import { expect, it } from 'vitest';
import { glueScore } from './glue.js';

it('means of metrics, then of tasks; MNLI is one task with two parts', () => {
  const results = {
    ...{ cola: { matthews: 0.5 }, sst2: { accuracy: 0.9 }, mrpc: { accuracy: 0.8, f1: 0.9 } },
    ...{ stsb: { pearson: 0.8, spearman: 0.7 }, qqp: { accuracy: 0.9, f1: 0.8 }, mnli: { accuracy: 0.8 } },
    ...{ 'mnli-mismatched': { accuracy: 0.7 }, qnli: { accuracy: 0.85 }, rte: { accuracy: 0.6 } },
    wnli: { accuracy: 0.55 },
  };
  const { tasks, score, missing } = glueScore(results);
  const wanted = {
    cola: 0.5,
    sst2: 0.9,
    mrpc: 0.85,
    stsb: 0.75,
    qqp: 0.85,
    mnli: 0.75,
    qnli: 0.85,
    rte: 0.6,
    wnli: 0.55,
  };
  expect(Object.keys(tasks)).toEqual(Object.keys(wanted));
  for (const [task, value] of Object.entries(wanted)) expect(tasks[task]).toBeCloseTo(value, 12);
  expect(score).toBeCloseTo(6.6 / 9, 12);
  expect(missing).toEqual([]);
});

it('says which tasks are missing, or have only a part', () => {
  const { tasks, score, missing } = glueScore({ mnli: { accuracy: 0.8 }, rte: { accuracy: 0.6 } });
  expect(tasks).toEqual({ mnli: 0.8, rte: 0.6 });
  expect(score).toBeCloseTo(0.7, 12);
  expect(missing).toEqual(['cola', 'sst2', 'mrpc', 'stsb', 'qqp', 'mnli', 'qnli', 'wnli']);
  expect(() => glueScore({ boolq: { accuracy: 1 } })).toThrow(TypeError);
  expect(() => glueScore({ rte: {} })).toThrow(TypeError);
});
