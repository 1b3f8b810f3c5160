import {
  configure,
  definePlugin,
  hash32,
  type AnyConfigured,
  type TextExample,
  type TaskDeclaration,
} from '@adapterfusion/contracts';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  baseline,
  evaluate,
  fuse,
  load,
  train,
  type DataEvent,
  type EvaluationReport,
  type RunEvent,
} from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const common = { files, backend: 'wasm' as const, model: 'encoder', dataDir: 'encoder' };
const head = { pooling: 'mean', dropout: 0 };
const settings = { epochs: 16, batchSize: 8, learningRate: 1e-2 };
const WEATHER = ['sun', 'rain', 'cloud', 'snow'];
const ANIMALS = ['cat', 'dog', 'fox', 'hen'];

/** A task whose rows are made here. */
function task(id: string, declared: TaskDeclaration, metrics: readonly string[], row: (index: number) => TextExample) {
  const plugin = definePlugin<'dataset', object>({
    ...({ kind: 'dataset', id, packageName: 'toys', packageVersion: '1.0.0', supports: { streaming: false } } as const),
    options: () => ({}),
    create: () => ({
      ...{ task: declared, metrics, licence: 'none' },
      splits: () => Promise.resolve(['train', 'validation'] as const),
      async *examples(split) {
        const from = split === 'train' ? 0 : 1000;
        for (let index = 0; index < (split === 'train' ? 64 : 40); index++)
          yield { ...row(from + index), at: `${split}:${index}` };
      },
    }),
  }).plugin;
  return configure(plugin) as AnyConfigured<'dataset'>;
}

const draw = (row: number, at: number, words: readonly string[]): string => words[hash32(7, row, at) % words.length]!;

/** Four words: how many of them name weather (none, two or all), plus 2. */
const amount = task('amount', { type: 'regression', min: 2, max: 6 }, ['pearson', 'spearman'], (row) => {
  const weather = 2 * (hash32(3, row) % 3);
  const words = [0, 1, 2, 3].map((at) => draw(row, at, at < weather ? WEATHER : ANIMALS));
  return { text: words.join(' '), label: 2 + weather };
});
/** Which of two or three choices names weather. */
const choose = task('choose', { type: 'multiple-choice' }, ['accuracy'], (row) => {
  const count = 2 + (row % 2);
  const label = hash32(5, row) % count;
  const choices = Array.from({ length: count }, (_, at) => draw(row, at, at === label ? WEATHER : ANIMALS));
  return { text: draw(row, 9, [...WEATHER, ...ANIMALS]), choices, label };
});

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const metricsOf = (events: readonly RunEvent[]) => (events.find(({ type }) => type === 'saved') as SavedEvent).metrics;
type SavedEvent = Extract<RunEvent, { type: 'saved' }>;

beforeAll(async () => {
  await openBackend('wasm');
});

describe('regression', () => {
  const adapter = 'seq_bn[reduction_factor=4]';
  const given = { ...common, head, headStart: 'random' as const, data: amount, settings, adapter, name: 'amount' };
  let report: EvaluationReport;

  it('trains, is measured, and is recorded in the bundle', async () => {
    const before = tensorCount();
    const events = await all(train({ ...given, out: 'amount' }));
    expect(events[0]).toMatchObject({ type: 'data', task: 'regression', labels: [] });
    expect(events[0]).not.toHaveProperty('baseline');
    expect(metricsOf(events)['pearson']).toBeGreaterThan(0.8);
    expect(tensorCount()).toBe(before);
    const manifest = JSON.parse(new TextDecoder().decode(files.held.get('amount/adapterfusion.json'))) as object;
    const plugin = '@adapterfusion/head-regression#regression';
    expect(manifest).toMatchObject({
      heads: { amount: { plugin, task: { plugin: '@adapterfusion/task-regression#regression' }, labels: [] } },
    });
    report = await evaluate('amount', { ...common, data: amount });
    expect(report).toMatchObject({ metrics: metricsOf(events), rows: 40, classes: [], confusion: [], labels: [] });
  });

  it('predicts numbers in the unit of the rows; the worst rows are those farthest off', async () => {
    const model = await load('amount', common);
    const [first, second] = await model.predict(['sun rain snow cloud', 'cat dog fox hen'], { logits: true });
    expect(model.task).toBe('regression');
    expect(first).toMatchObject({ label: String(first!.value), scores: {}, logits: [first!.value] });
    expect(Math.abs(first!.value! - 6)).toBeLessThan(1);
    expect(Math.abs(second!.value! - 2)).toBeLessThan(1);
    const [worst] = report.worst;
    const again = await model.predict([worst!.text]);
    expect(worst!.loss).toBeCloseTo((again[0]!.value! - Number(worst!.label)) ** 2, 4);
    expect(report.worst.map(({ loss }) => loss)).toEqual(report.worst.map(({ loss }) => loss).sort((a, b) => b - a));
    await expect(model.predict([{ text: 'sun', choices: ['rain', 'cat'] }])).rejects.toThrow(
      'those of multiple-choice',
    );
    model.dispose();
    await expect(evaluate('amount', { ...common, data: choose })).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
  });

  it('has no class weights', async () => {
    const weighted = { ...given, settings: { ...settings, classWeights: 'balanced' as const }, out: 'x' };
    await expect(all(train(weighted))).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'settings.classWeights' });
  });
});

describe('multiple choice', () => {
  const given = { ...common, head, data: choose, settings };

  it('trains on rows with two and three choices, and is recorded in the bundle', async () => {
    const before = tensorCount();
    const events = await all(train({ ...given, adapter: 'seq_bn[reduction_factor=4]', out: 'choose' }));
    expect(events[0]).toMatchObject({ task: 'multiple-choice', labels: [] });
    const step = events.find(({ type }) => type === 'step') as Extract<RunEvent, { type: 'step' }>;
    expect(step.rows).toBe(8);
    expect(step.tokens).toBeGreaterThanOrEqual(8 * 2 * 5);
    const { accuracy } = metricsOf(events);
    expect(accuracy).toBeGreaterThan((events[0] as DataEvent).baseline!.value + 0.3);
    expect(tensorCount()).toBe(before);
    const manifest = JSON.parse(new TextDecoder().decode(files.held.get('choose/adapterfusion.json'))) as object;
    expect(manifest).toMatchObject({
      heads: { choose: { task: { plugin: '@adapterfusion/task-multiple-choice#multiple-choice' }, labels: [] } },
    });
    const report = await evaluate('choose', { ...common, data: choose });
    expect(report.metrics).toEqual({ accuracy });
    expect(report.worst[0]!.choices).toContain(report.worst[0]!.label);
  });

  it('predicts a choice, each row on its own', async () => {
    const model = await load('choose', common);
    const inputs = [
      { text: 'sun', choices: ['cat', 'snow'] },
      { text: 'dog', choices: ['hen', 'rain', 'cat'] },
    ];
    const both = await model.predict(inputs, { logits: true });
    expect(both[0]).toMatchObject({ label: inputs[0]!.choices[both[0]!.choice!] });
    expect(both.map(({ label }) => label)).toEqual(['snow', 'rain']);
    expect(both.map(({ logits }) => logits!.length)).toEqual([2, 3]);
    const [alone] = await model.predict([inputs[1]!]);
    for (const [choice, score] of Object.entries(alone!.scores)) expect(both[1]!.scores[choice]).toBeCloseTo(score, 5);
    expect(Object.values(alone!.scores).reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 6);
    await expect(model.predict(['sun'])).rejects.toThrow('at least two texts');
    model.dispose();
  });
});

describe('fusion', () => {
  const adapters = ['amount', 'choose'];
  const own = ['majority', 'head', 'own-adapter', 'single'];

  // A head of numbers is fitted in closed form, so that the average is saved, as it is with labels.
  it.each([
    [
      'regression',
      amount,
      'pearson',
      'mean of the training rows',
      'average',
      [...own, 'average', 'scaling', 'attention'],
    ],
    ['multiple choice', choose, 'accuracy', 'majority', 'attention', [...own, 'average', 'attention']],
  ] as const)(
    'of %s ends with the table, without regression on embeddings',
    async (_, data, metric, first, kept, methods) => {
      const before = tensorCount();
      const events = await all(
        fuse({ ...common, head, data, adapters, settings: { ...settings, epochs: 3 }, out: 'fused' }),
      );
      const { table, singles, attention } = events.find(({ type }) => type === 'table') as TableEvent;
      expect(table.map(({ method }) => method)).toEqual(methods);
      expect(table[0]!.name).toBe(first);
      expect(table.find(({ saved }) => saved)).toMatchObject({ method: kept, metrics: metricsOf(events) });
      expect(table.every(({ logLoss }) => logLoss === undefined)).toBe(true);
      expect(singles.map(({ adapter }) => adapter)).toEqual(adapters);
      expect(singles.every(({ chosenBy }) => Number.isFinite(chosenBy))).toBe(true);
      for (const { weights } of attention!.sites)
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect(tensorCount()).toBe(before);
      const model = await load('fused', common);
      const input = data === choose ? { text: 'sun', choices: ['cat', 'snow', 'fox'] } : 'sun rain';
      const [answer] = await model.predict([input], { attention: true });
      const [weights] = Object.values(answer!.attention!);
      expect(weights!.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      model.dispose();
      await files.remove('fused');
    },
  );
  type TableEvent = Extract<RunEvent, { type: 'table' }>;

  it('the embedding baseline needs labels', async () => {
    await expect(baseline({ ...common, data: amount, method: 'embedding' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    const { metrics } = await baseline({ ...common, data: amount, method: 'majority' });
    expect(metrics['pearson']).toBeNaN();
  });
});
