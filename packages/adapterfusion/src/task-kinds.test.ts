import {
  definePlugin,
  hash32,
  type AnyTaskKind,
  type Example,
  type Head,
  type TaskKind,
} from '@adapterfusion/contracts';
import { classification } from '@adapterfusion/head-classification';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createRegistry,
  evaluate,
  fuse,
  inspectData,
  load,
  train,
  type DataEvent,
  type DataRow,
  type RunEvent,
  type SavedEvent,
} from './index.js';
import { tinyTask } from './memory.spec.js';

const WEATHER = ['sun', 'rain', 'cloud', 'snow'];
const ANIMALS = ['cat', 'dog', 'fox', 'hen'];
const files = tinyTask();
const settings = { epochs: 20, batchSize: 8, maxLength: 12, learningRate: 5e-3, checkpointEvery: 0 };
const given = { files, backend: 'wasm', model: 'encoder', overwrite: true } as const;
const draw = (row: number, at: number): string => [...WEATHER, ...ANIMALS][hash32(7, row, at) % 8]!;
const rowsOf = (row: (index: number) => DataRow) => ({
  train: Array.from({ length: 160 }, (_, index) => row(index)),
  validation: Array.from({ length: 16 }, (_, index) => row(1000 + index)),
});

const tagged = (row: number): DataRow => {
  const tokens = [0, 1, 2].map((at) => draw(row, at));
  return { tokens, tags: tokens.map((word) => (ANIMALS.includes(word) ? 'B-ANIMAL' : 'O')) };
};
const labelled = (row: number): DataRow => {
  const words = [0, 1].slice(row % 3 === 0 ? 0 : 1).map((at) => draw(row, at));
  const labels = [WEATHER, ANIMALS].flatMap((group, at) =>
    words.some((word) => group.includes(word)) ? [['weather', 'animal'][at]!] : [],
  );
  return { text: words.join(' '), labels };
};
const asked = (row: number): DataRow => {
  const animal = ANIMALS[hash32(1, row) % 4]!;
  const words = [2, 3].map((seed) => WEATHER[hash32(seed, row) % 4]!);
  words.splice(hash32(4, row) % 3, 0, animal);
  return {
    question: 'hen',
    context: words.join(' '),
    answers: { text: [animal], answer_start: [words.join(' ').indexOf(animal)] },
  };
};

async function last<T extends RunEvent['type']>(run: AsyncIterable<RunEvent>, type: T) {
  let found: RunEvent | undefined;
  for await (const event of run) if (event.type === type) found = event;
  return found as Extract<RunEvent, { type: T }>;
}

beforeAll(async () => {
  await openBackend('wasm');
});

describe.each([
  ['token-classification', tagged, 'f1', { tokens: ['cat', 'sun'] }, ['entities', 'tags'], {}],
  ['multi-label-classification', labelled, 'micro-f1', { text: 'sun rain' }, ['labels', 'scores'], { pooling: 'mean' }],
  [
    'question-answering',
    asked,
    'exact-match',
    { question: 'hen', context: 'sun fox rain' },
    ['answer', 'start', 'end', 'score'],
    {},
  ],
] as const)('%s', (kind, row, metric, input, fields, head) => {
  const data = rowsOf(row);

  it('is recognised, trained, recorded, measured and predicts', async () => {
    expect((await inspectData({ files, data })).task.type).toContain(`#${kind}`);
    const before = tensorCount();
    const events: RunEvent[] = [];
    for await (const each of train({ ...given, settings, data, metric, head, out: 'one', name: 'one' }))
      events.push(each);
    const event = events.at(-1) as SavedEvent;
    // The encoder is random: what it can learn is little, but more than the trivial answer.
    expect(event.metrics[metric]).toBeGreaterThan((events[0] as DataEvent).baseline!.value + 0.05);
    const model = await load('one', given);
    expect(model.task).toBe(kind);
    expect(Object.keys((await model.predict<object>([input]))[0]!)).toEqual(fields);
    await expect(model.predict([{ text: 'sun', choices: ['rain', 'cat'] }])).rejects.toMatchObject({
      code: 'DATA_INVALID',
    });
    model.dispose();
    const report = await evaluate('one', { ...given, data, split: 'validation' });
    expect(report.metrics[metric]).toBeCloseTo(event.metrics[metric]!, 6);
    expect(report.classes).toEqual([]);
    expect(report.worst[0]!.loss).toBeGreaterThanOrEqual(report.worst.at(-1)!.loss);
    expect(tensorCount()).toBe(before);
  });

  it('is fused, with the table of its kind', async () => {
    const few = { ...settings, epochs: 4 };
    for (const name of ['a', 'b'])
      await last(
        train({ ...given, settings: { ...few, seed: name.charCodeAt(0) }, data, head, out: name, name }),
        'saved',
      );
    const table = await last(
      fuse({
        ...given,
        settings: few,
        data,
        head,
        adapters: ['a', 'b'],
        out: 'fused',
        name: 'fused',
      }),
      'table',
    );
    const methods = ['majority', 'head', 'own-adapter', 'single', 'average'];
    // The head of several labels is fitted in closed form: it has all methods, and the average is saved.
    const trained = kind === 'multi-label-classification' ? ['scaling', 'attention'] : ['attention'];
    expect(table.table.map(({ method }) => method)).toEqual([...methods, ...trained]);
    const saved = table.table.find((row) => row.saved)!.method;
    expect(saved).toBe(kind === 'multi-label-classification' ? 'average' : 'attention');
    const of = (method: string): number => table.table.find((each) => each.method === method)!.metrics[table.metric]!;
    expect(of('attention')).toBeGreaterThanOrEqual(of('majority'));
  });
});

describe("a stranger's kind", () => {
  interface Graded extends Example {
    readonly text: string;
    readonly grade?: number;
  }
  const kindOf = (labels: readonly string[], more: Partial<AnyTaskKind> = {}): AnyTaskKind =>
    ({
      labels,
      defaultHead: 'strangers#grade',
      parse: ({ text, grade }, at) => ({ text: String(text), ...(typeof grade === 'number' ? { grade } : {}), at }),
      target: ({ grade }) => grade,
      texts: ({ text }) => [text],
      encode: ({ text, grade }, tokenizer, options) => [
        { group: [tokenizer.encode(text, undefined, options)], ...(grade === undefined ? {} : { target: grade }) },
      ],
      collate: (targets) => ({ labels: { data: Int32Array.from(targets), shape: [targets.length] } }),
      stratum: (grade) => grade,
      decode: ([output]) => ({ grade: output!.values.indexOf(Math.max(...output!.values)) }),
      prediction: ({ grade }) => grade,
      metrics: [
        {
          name: 'distance',
          better: 'lower',
          compute: (given, wanted) =>
            given.reduce((sum, grade, row) => sum + Math.abs(grade - wanted[row]!), 0) / given.length,
        },
      ],
      error: ({ grade }, wanted) => Math.abs(grade - wanted),
      describe: String,
      baseline: () => ({ name: 'the lowest', predict: () => 0 }),
      ...more,
    }) as TaskKind<Graded, number, { grade: number }> as AnyTaskKind;
  const plugins = (more: Partial<AnyTaskKind> = {}, loss?: Head['loss']) => {
    const of = { packageName: 'strangers', packageVersion: '1.0.0' } as const;
    const task = definePlugin<'task', { levels: number }>({
      ...of,
      kind: 'task',
      id: 'grading',
      supports: { columns: { text: { names: ['text'] }, grade: { names: ['level'], target: true } } },
      options: (input) => ({ levels: (input as { levels?: number }).levels ?? 2 }),
      create: ({ levels }) =>
        kindOf(
          Array.from({ length: levels }, (_, at) => `level ${at}`),
          more,
        ),
    });
    const head = definePlugin<'head', object>({
      ...of,
      kind: 'head',
      id: 'grade',
      supports: { tasks: ['grading'] },
      options: () => ({}),
      create: (_, context) => ({
        ...classification({ layers: 1, pooling: 'mean' }).create(context),
        ...(loss ? { loss } : {}),
      }),
    });
    return createRegistry().use(task, head);
  };
  const graded = rowsOf((row) => ({
    text: [0, 1].map((at) => draw(row, at)).join(' '),
    level: ANIMALS.includes(draw(row, 0)) ? 1 : 0,
  }));
  const trained = (registry = plugins(), more: object = {}) =>
    train({
      ...given,
      registry,
      settings,
      data: graded,
      dataOptions: { task: 'grading[levels=3]' },
      out: 'graded',
      ...more,
    });

  it('is trained with its options and its head; the smallest metric is the best', async () => {
    const best: number[] = [];
    const values: number[] = [];
    const seen = { ...settings, epochs: 6, keep: 'best' } as const;
    for await (const event of trained(plugins(), { settings: seen })) {
      if (event.type !== 'evaluation') continue;
      values.push(event.metrics['distance']!);
      if (event.best) best.push(event.metrics['distance']!);
    }
    expect(best.at(-1)).toBe(Math.min(...values));
    const registry = plugins();
    const model = await load('graded', { ...given, registry });
    expect(model.labels).toEqual(['level 0', 'level 1', 'level 2']);
    expect((await model.predict<{ grade: number }>(['sun']))[0]!.grade).toBeLessThan(3);
    model.dispose();
  });

  it.each([
    ['no decode', { decode: undefined }, 'a function "decode"'],
    ['no metrics', { metrics: [] }, 'at least one metric'],
    ['a metric twice', { metrics: [...kindOf([]).metrics, ...kindOf([]).metrics] }, 'names of metrics that differ'],
    ['no rows', { encode: () => [] }, 'at least one row'],
    ['a head that is not there', { defaultHead: 'strangers#grad' }, 'defaultHead'],
  ] as const)('with %s is refused by name', async (_, more, words) => {
    const run = last(trained(plugins(more as unknown as Partial<AnyTaskKind>)), 'saved');
    await expect(run).rejects.toThrow(words);
    await expect(last(trained(plugins(more as unknown as Partial<AnyTaskKind>)), 'saved')).rejects.toMatchObject({
      code: expect.stringMatching(/^PLUGIN_/) as string,
    });
  });

  it('that fails at a row says which', async () => {
    const parse: AnyTaskKind['parse'] = ({ text }) => (text as { missing: string }).missing.trim();
    await expect(last(trained(plugins({ parse })), 'saved')).rejects.toThrow(
      /^rows\.train:1: expected the task kind strangers#grading to read this row; got TypeError: /,
    );
  });

  it('whose head loses a row of numbers is refused by name', async () => {
    const run = last(trained(plugins({}, (outputs) => outputs)), 'saved');
    await expect(run).rejects.toThrow('strangers#grade: expected a loss that is a tensor of shape []');
  });
});
