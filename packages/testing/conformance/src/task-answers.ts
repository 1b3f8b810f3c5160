import type { AnyConfigured, TaskBaseline } from '@adapterfusion/contracts';
import { ensure } from './expect.js';
import type { Check } from './runner.js';
import { noise } from './small-model.js';
import { TaskFixture, type Encoded, type TaskSuiteOptions } from './task-fixture.js';

/** Outputs that a head might give. */
const OUTPUTS: readonly (readonly [string, (index: number) => number])[] = [
  ['outputs of 0', () => 0],
  ['outputs without a pattern', (index) => 2 * noise(1, index)[0]!],
  ['outputs of large size', (index) => (index % 2 === 0 ? 1e3 : -1e3)],
];
/** Metrics of answers that are almost right may be a little lower than of right ones. */
const ROUNDING = 1e-3;

/** Answers, predictions, metrics, errors and the baseline of a task kind. */
export function checkAnswers(check: Check, configured: AnyConfigured<'task'>, options: TaskSuiteOptions): void {
  const made = (): TaskFixture => new TaskFixture(configured, options);
  const measured = (
    { kind }: TaskFixture,
    predictions: readonly unknown[],
    targets: readonly unknown[],
    what: string,
  ) =>
    kind.metrics.map(({ name, better, compute }) => {
      const value = compute(predictions, targets);
      // A correlation has no value where all answers are equal.
      if (Number.isNaN(value) && predictions.every((each) => isSame(each, predictions[0]))) return { name, value };
      const [least, most] = options.bounds?.[name] ?? (better === 'higher' ? [-1, 1] : [0, Infinity]);
      ensure(
        Number.isFinite(value) && value >= least - 1e-9 && value <= most + 1e-9,
        `${name} of ${what} from ${least} to ${most}; got ${value}`,
      );
      return { name, value: better === 'higher' ? value : -value };
    });
  const answered = (fixture: TaskFixture, encoded: readonly Encoded[], value: (index: number) => number): object[] =>
    encoded.map(({ example, rows }) => fixture.kind.decode(fixture.outputs(rows, value), rows, example) as object);

  check('answers with JSON that gives a prediction, a finite error and a description', () => {
    const fixture = made();
    const { kind } = fixture;
    const encoded = fixture.encoded();
    const targets = encoded.map(({ target }) => target);
    for (const [words, value] of OUTPUTS) {
      const answers = answered(fixture, encoded, value);
      for (const [index, answer] of answers.entries()) {
        const { example, target, rows } = encoded[index]!;
        const where = `${words} for ${example.at}`;
        ensure(typeof answer === 'object' && answer !== null, `an object as the answer to ${where}`);
        const text = JSON.stringify(answer);
        ensure(isSame(JSON.parse(text), answer), `an answer to ${where} that survives JSON; got ${text}`);
        const outputs = fixture.outputs(rows, value);
        kind.decode(outputs, rows, example);
        ensure(isSame(outputs, fixture.outputs(rows, value)), `the outputs unchanged by decode for ${where}`);
        const again: unknown = kind.decode(fixture.outputs(rows, value), rows, example);
        ensure(JSON.stringify(again) === text, `the same answer to ${where} twice`);
        const error: unknown = kind.error(answer, target);
        ensure(
          typeof error === 'number' && Number.isFinite(error) && error >= 0,
          `a finite error of ${where}; got ${String(error)}`,
        );
        ensure(isText(kind.describe(kind.prediction(answer), example)), `a description of the prediction of ${where}`);
      }
      measured(
        fixture,
        answers.map((answer) => kind.prediction(answer) as unknown),
        targets,
        words,
      );
    }
  });

  check('answers right to outputs without loss: the best metrics, and a smaller error', async () => {
    const fixture = made();
    const { kind } = fixture;
    const encoded = fixture.encoded();
    const targets = encoded.map(({ target }) => target);
    const answers: object[] = [];
    for (const { example, rows } of encoded)
      answers.push(kind.decode(await fixture.learned(rows), rows, example) as object);
    const predictions = answers.map((answer) => kind.prediction(answer) as unknown);
    const best = measured(fixture, predictions, targets, 'right answers');
    const baseline = kind.baseline(targets) as TaskBaseline;
    const others: readonly (readonly [string, readonly unknown[]])[] = [
      ...OUTPUTS.map(
        ([words, value]) =>
          [words, answered(fixture, encoded, value).map((each) => kind.prediction(each) as unknown)] as const,
      ),
      ['the baseline', encoded.map(({ example }) => baseline.predict(example))],
      ['right answers in another order', [...predictions.slice(1), predictions[0]]],
    ];
    let differs = false;
    for (const [words, each] of others)
      measured(fixture, each, targets, words).forEach(({ name, value }, at) => {
        const right = best[at]!.value;
        ensure(!(right < value - ROUNDING), `${name} of right answers as good as of ${words}: ${right} and ${value}`);
        differs ||= at === 0 && right > value + ROUNDING;
      });
    ensure(differs, 'the first metric to tell right answers from others');
    const errors = (given: readonly object[]): number =>
      given.reduce((sum, answer, at) => sum + kind.error(answer, targets[at]), 0);
    for (const [words, value] of OUTPUTS)
      ensure(
        errors(answers) <= errors(answered(fixture, encoded, value)) + ROUNDING,
        `a smaller error than of ${words}`,
      );
  });

  check('describes targets, and counts them by category, class and stratum', () => {
    const fixture = made();
    const { kind, labels } = fixture;
    for (const { example, target, rows } of fixture.encoded()) {
      ensure(isText(kind.describe(target, example)), `a description of the target of ${example.at}`);
      const categories = kind.categories?.(target) ?? [];
      ensure(
        categories.every(isText) && new Set(categories).size === categories.length,
        `different names as categories of ${example.at}; got ${categories.join(', ')}`,
      );
      const stratum: unknown = kind.stratum(target);
      ensure(stratum === undefined || Number.isInteger(stratum), `an integer or nothing as stratum of ${example.at}`);
      for (const { target: own } of rows)
        for (const each of kind.classes?.(own) ?? [])
          ensure(
            Number.isInteger(each) && each >= 0 && (labels.length === 0 || each < labels.length),
            `classes of ${example.at} that are indices of labels; got ${each}`,
          );
      if (configured.plugin.supports.singleLabel !== true) continue;
      ensure(
        typeof target === 'number' && labels[target] !== undefined,
        `the index of a label as target of ${example.at}`,
      );
      ensure(isSame(kind.classes?.(target), [target]), `the target alone as the class of ${example.at}`);
    }
  });

  check('has a baseline that predicts without a target', () => {
    const fixture = made();
    const { kind } = fixture;
    const targets = fixture.encoded().map(({ target }) => target);
    const baseline = kind.baseline(targets) as TaskBaseline;
    const { columns } = configured.plugin.supports;
    ensure(isText(baseline.name), 'a name of the baseline');
    const predictions = options.examples.map((fields, index) => {
      const at = `examples:${index + 1}`;
      const inputs = Object.entries(fields).filter(([name]) => columns[name]?.target !== true);
      const example = kind.parse(Object.fromEntries(inputs), at) as object;
      const predicted = baseline.predict(example);
      ensure(predicted !== undefined, `a prediction of the baseline for ${at}`);
      ensure(isText(kind.describe(predicted, example)), `a description of the baseline's prediction for ${at}`);
      const full = kind.parse(fields, at) as object;
      ensure(
        isSame(baseline.predict(full), predicted),
        `the same prediction of the baseline for ${at} with its target`,
      );
      return predicted;
    });
    measured(fixture, predictions, targets, 'the baseline');
  });
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;

/** Equal data of the same classes, numbers compared exactly. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length && left.every(([key, value]) => isSame(value, (b as Record<string, unknown>)[key]))
  );
}
