import {
  AdapterFusionError,
  definePlugin,
  type AnyConfigured,
  type AnyTaskKind,
  type Fields,
  type Supports,
} from '@adapterfusion/contracts';
import { textClassification } from '@adapterfusion/task-text-classification';
import type { BrokenFields } from './task-fixture.js';

/** Text classification that the suite of task kinds is tried on, with one thing changed. */
export function kindFrom(
  change: (sound: AnyTaskKind) => Partial<AnyTaskKind> = () => ({}),
  supports: Partial<Supports['task']> = {},
): AnyConfigured<'task'> {
  const { plugin } = textClassification;
  return definePlugin<'task', object>({
    ...plugin,
    supports: { ...plugin.supports, ...supports },
    create: (_, context) => {
      const sound = plugin.create({}, context);
      return { ...sound, ...change(sound) };
    },
  })();
}

/** Fields that the sound kind refuses. */
export const BROKEN_FIELDS: readonly BrokenFields[] = [
  { what: 'an unknown label', fields: { text: 'a', label: 'perhaps' }, code: 'LABEL_UNKNOWN' },
];

type Broken = readonly [what: string, test: string, AnyConfigured<'task'>];
const DECLARED = 'declares its columns, labels, metrics and head';
const READS = 'reads fields, and leaves an example as it is';
const ENCODES = 'encodes an example as rows within the longest input';
const COLLATES = 'collates targets row by row, with −1 at padding';
const ANSWERS = 'answers with JSON that gives a prediction, a finite error and a description';
const RIGHT = 'answers right to outputs without loss: the best metrics, and a smaller error';
const COUNTS = 'describes targets, and counts them by category, class and stratum';
const BASELINE = 'has a baseline that predicts without a target';

const parsed = (kind: AnyTaskKind, fields: Fields, at: string): object => kind.parse(fields, at) as object;
const answer = ({ decode }: AnyTaskKind, ...given: Parameters<AnyTaskKind['decode']>): object =>
  decode(...given) as object;
const elsewhere = (): never => {
  throw new AdapterFusionError('DATA_INVALID', { expected: 'a text', got: 'none', fix: 'Correct the row.' });
};

export const BROKEN_KINDS: readonly Broken[] = [
  ['has other labels', DECLARED, kindFrom(() => ({ labels: ['a', 'b', 'c'] }))],
  ['has no metric', DECLARED, kindFrom(() => ({ metrics: [] }))],
  ['has no column for the target', DECLARED, kindFrom(undefined, { columns: { text: { names: ['text'] } } })],
  ['names no package of its head', DECLARED, kindFrom(() => ({ defaultHead: 'classification' }))],
  ['has labels and no labelsIn', DECLARED, kindFrom(() => ({ labelsIn: undefined as never }))],
  ['has one label and no classes', DECLARED, kindFrom(() => ({ classes: undefined as never }))],
  [
    'reads an example as another one',
    READS,
    kindFrom((kind) => ({
      parse: (fields, at) => ({ ...parsed(kind, fields, at), text: `${String(fields['text'])}!` }),
    })),
  ],
  [
    'loses the place',
    READS,
    kindFrom((kind) => ({ parse: (fields, at) => ({ ...parsed(kind, fields, at), at: 'somewhere' }) })),
  ],
  [
    'changes the fields',
    READS,
    kindFrom((kind) => ({
      parse(fields, at) {
        const example = parsed(kind, fields, at);
        (fields as Record<string, unknown>)['seen'] = true;
        return example;
      },
    })),
  ],
  [
    'wants a target',
    'reads fields without a target',
    kindFrom((kind) => ({
      parse: (fields, at) => (fields['label'] === undefined ? elsewhere() : parsed(kind, fields, at)),
    })),
  ],
  [
    'makes up a target',
    'reads fields without a target',
    kindFrom(() => ({ target: ({ label = 0 }: { label?: number }) => label })),
  ],
  [
    'reads anything',
    'refuses a row without the field "text", and says where',
    kindFrom((kind) => ({ parse: (fields, at) => parsed(kind, { text: 'none', ...fields }, at) })),
  ],
  [
    'reads an object as text',
    'refuses an object in the field "text", and says where',
    kindFrom((kind) => ({ parse: (fields, at) => parsed(kind, { ...fields, text: String(fields['text']) }, at) })),
  ],
  [
    'does not say where',
    'refuses fields without any input, and says where',
    kindFrom((kind) => ({
      parse: (fields, at) => (fields['text'] === undefined ? elsewhere() : parsed(kind, fields, at)),
    })),
  ],
  [
    'reads an unknown label',
    'refuses an unknown label, and says where',
    kindFrom((kind) => ({
      parse: (fields, at) => parsed(kind, fields['label'] === 'perhaps' ? { ...fields, label: 0 } : fields, at),
    })),
  ],
  ['finds other labels', 'finds the labels of rows', kindFrom(() => ({ labelsIn: () => ['other'] }))],
  ['encodes nothing', ENCODES, kindFrom(() => ({ encode: () => [] }))],
  [
    'encodes too many tokens',
    ENCODES,
    kindFrom(({ encode }) => ({ encode: (example, tokenizer) => encode(example, tokenizer, { maxLength: 1000 }) })),
  ],
  [
    'loses targets',
    ENCODES,
    kindFrom(({ encode }) => ({ encode: (...given) => encode(...given).map(({ group }) => ({ group })) })),
  ],
  [
    'reads the target as input',
    'encodes the inputs of an example the same without its target',
    kindFrom(({ encode, target }) => ({
      encode: (example: { text: string }, ...given) =>
        encode(target(example) === undefined ? { ...example, text: 'hidden' } : example, ...given),
    })),
  ],
  [
    'pads with 0',
    COLLATES,
    kindFrom(({ collate }) => ({
      collate: (targets, shape) => ({
        ...collate(targets, shape),
        tokens: { data: new Int32Array(targets.length * shape.time), shape: [targets.length, shape.time] },
      }),
    })),
  ],
  [
    'collates one row too many',
    COLLATES,
    kindFrom(() => ({
      collate: (targets) => ({
        labels: { data: Int32Array.from([0, ...(targets as number[])]), shape: [targets.length] },
      }),
    })),
  ],
  [
    'mixes rows',
    COLLATES,
    kindFrom(() => ({
      collate: (targets) => ({
        labels: { data: Int32Array.from([...(targets as number[])].reverse()), shape: [targets.length] },
      }),
    })),
  ],
  [
    'answers with a Map',
    ANSWERS,
    kindFrom((kind) => ({ decode: (...given) => ({ ...answer(kind, ...given), all: new Map([[1, 2]]) }) })),
  ],
  [
    'answers with NaN',
    ANSWERS,
    kindFrom((kind) => ({ decode: (...given) => ({ ...answer(kind, ...given), value: NaN }) })),
  ],
  [
    'changes the outputs',
    ANSWERS,
    kindFrom((kind) => ({
      decode(outputs, rows, example) {
        outputs[0]!.values[0]! += 1;
        return answer(kind, outputs, rows, example);
      },
    })),
  ],
  ['has an endless error', ANSWERS, kindFrom(() => ({ error: () => Infinity }))],
  ['describes nothing', ANSWERS, kindFrom(() => ({ describe: () => '' }))],
  [
    'has a metric out of bounds',
    ANSWERS,
    kindFrom(() => ({ metrics: [{ name: 'many', better: 'higher', compute: (all) => all.length }] })),
  ],
  [
    'answers with the least probable label',
    RIGHT,
    kindFrom((kind) => ({
      decode: (outputs, ...given) =>
        answer(
          kind,
          outputs.map(({ values, shape }) => ({ values: values.map((value) => -value), shape })),
          ...given,
        ),
    })),
  ],
  [
    'has a metric that is better when answers are wrong',
    RIGHT,
    kindFrom(({ metrics }) => ({ metrics: metrics.map((metric) => ({ ...metric, better: 'lower' as const })) })),
  ],
  [
    'has an error that is large for right answers',
    RIGHT,
    kindFrom(({ error }) => ({ error: (...given) => 1 / (0.01 + error(...given)) })),
  ],
  ['has a class that is no label', COUNTS, kindFrom(() => ({ classes: () => [7] }))],
  ['has a stratum between others', COUNTS, kindFrom(() => ({ stratum: () => 0.5 }))],
  ['counts a category twice', COUNTS, kindFrom(() => ({ categories: () => ['a', 'a'] }))],
  ['describes no target', COUNTS, kindFrom(() => ({ describe: () => '' }))],
  [
    'has a baseline that reads the target',
    BASELINE,
    kindFrom(({ target }) => ({
      baseline: () => ({ name: 'all right', predict: (example) => (target(example) as number | undefined) ?? 0 }),
    })),
  ],
  [
    'has a baseline without an answer',
    BASELINE,
    kindFrom(() => ({ baseline: () => ({ name: 'none', predict: () => undefined }) })),
  ],
  [
    'has a baseline without a name',
    BASELINE,
    kindFrom(({ baseline }) => ({ baseline: (targets) => ({ ...baseline(targets), name: '' }) })),
  ],
];
