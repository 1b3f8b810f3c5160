import { AdapterFusionError, type TaskKind, type TextExample } from '@adapterfusion/contracts';
import { listField, textField } from '@adapterfusion/data';
import { computeMetrics, majorityClass, softmax } from '@adapterfusion/metrics';

/** The answer to a text with choices. */
export interface MultipleChoiceAnswer {
  /** The text of the choice. */
  readonly label: string;
  /** The probability of each choice, by its index. */
  readonly scores: { readonly [choice: string]: number };
  /** The index of the choice. */
  readonly choice: number;
}

/** An example; it has choices. */
type Question = TextExample & { readonly choices: readonly string[] };

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

export const createKind = (): TaskKind<Question, number, MultipleChoiceAnswer> => ({
  labels: [],
  defaultHead: '@adapterfusion/head-multiple-choice#multiple-choice',
  metrics: [
    {
      name: 'accuracy',
      better: 'higher',
      compute: (predictions, targets) => computeMetrics(['accuracy'], predictions, targets)['accuracy']!,
    },
  ],

  parse(fields, at) {
    const text = textField(fields, 'text', at);
    const choices = listField(fields, 'choices', at, 'at least two texts', isText);
    if (choices.length < 2) throw invalid(at, 'at least two choices', String(choices.length));
    const { label } = fields;
    if (label === undefined || label === null) return { text, choices, at };
    const index = typeof label === 'string' && choices.includes(label) ? choices.indexOf(label) : label;
    if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < choices.length)
      return { text, choices, label: index, at };
    throw invalid(at, `the index or the text of one of ${choices.length} choices as label`, JSON.stringify(label));
  },
  target: ({ label }) => label,
  texts: ({ text, choices }) => [text, ...choices],
  encode: ({ text, choices, label }, tokenizer, options) => [
    {
      group: choices.map((choice) => tokenizer.encode(text, choice, options)),
      ...(label === undefined ? {} : { target: label }),
    },
  ],
  collate: (targets, { groups }) => ({
    labels: { data: Int32Array.from(targets), shape: [targets.length] },
    groups: { data: Int32Array.from(groups), shape: [groups.length] },
  }),
  stratum: () => undefined,

  decode([output], _, { choices = [] }) {
    const scores = softmax(output!.values);
    const choice = scores.indexOf(Math.max(...scores));
    return { label: choices[choice] ?? String(choice), scores: Object.fromEntries(scores.entries()), choice };
  },
  prediction: ({ choice }) => choice,
  error: ({ scores }, target) => -Math.log(Math.max(scores[target]!, 1e-12)),
  categories: (target) => [`choice ${target + 1}`],
  describe: (value, { choices }) => choices[value]!,
  baseline(targets) {
    const majority = majorityClass(targets);
    return { name: 'majority', predict: () => majority };
  },
});

function invalid(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('DATA_INVALID', { at, expected, got, fix: 'Correct the row, or remove it.' });
}
