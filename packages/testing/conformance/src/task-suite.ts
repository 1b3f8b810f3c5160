import {
  AdapterFusionError,
  type AnyConfigured,
  type Fields,
  type HostTargets,
  type Row,
} from '@adapterfusion/contracts';
import { ensure, ensureRefused, thrownBy } from './expect.js';
import { checkPlugin, nameOf } from './plugin-checks.js';
import { checksOn, type Check, type TestRunner } from './runner.js';
import { checkAnswers } from './task-answers.js';
import { TaskFixture, timeOf, type TaskSuiteOptions } from './task-fixture.js';

/**
 * Tests a task kind: its plugin, how it reads fields, encodes examples and collates targets, and how answers, metrics, errors
 * and the baseline agree with each other.
 * @param configured the task kind with options; call the suite again for other options
 * @param options fields of examples with targets, labels, and a head whose loss reads the targets
 */
export function testTaskKind(runner: TestRunner, configured: AnyConfigured<'task'>, options: TaskSuiteOptions): void {
  runner.describe(`conformance of the task kind ${nameOf(configured)}`, () => {
    const check = checksOn(runner, options);
    checkPlugin(check, configured, 'task');
    checkDeclared(check, configured, options);
    checkFields(check, configured, options);
    checkRows(check, configured, options);
    checkAnswers(check, configured, options);
  });
}

function checkDeclared(check: Check, configured: AnyConfigured<'task'>, options: TaskSuiteOptions): void {
  check('declares its columns, labels, metrics and head', () => {
    const { columns, singleLabel } = configured.plugin.supports;
    const { kind, labels } = new TaskFixture(configured, options);
    const given = Object.values(columns);
    ensure(given.length > 0 && given.every(({ names }) => names.length > 0), 'columns with names in supports.columns');
    ensure(
      given.some(({ target }) => target === true),
      'a column with target: true in supports.columns',
    );
    ensure(
      given.some(({ target }) => target !== true),
      'a column of the input in supports.columns',
    );
    ensure(
      kind.labels.join('\n') === labels.join('\n'),
      `the labels ${labels.join(', ') || 'none'}; got ${kind.labels.join(', ')}`,
    );
    ensure(
      /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*#[\w+-]+$/.test(kind.defaultHead),
      `package#id as defaultHead; got ${kind.defaultHead}`,
    );
    const names = kind.metrics.map(({ name }) => name);
    ensure(
      names.length > 0 && new Set(names).size === names.length,
      `different metrics; got ${names.join(', ') || 'none'}`,
    );
    for (const { name, better } of kind.metrics)
      ensure(['higher', 'lower'].includes(better), `"higher" or "lower" as better of ${name}`);
    ensure(
      singleLabel !== true || kind.classes !== undefined,
      'classes of a target where supports.singleLabel is true',
    );
    ensure((kind.labelsIn === undefined) === (labels.length === 0), 'labelsIn exactly where the kind has labels');
  });
}

function checkFields(check: Check, configured: AnyConfigured<'task'>, options: TaskSuiteOptions): void {
  const { columns } = configured.plugin.supports;
  const made = (): TaskFixture => new TaskFixture(configured, options);
  const withoutTarget = (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => columns[name]?.target !== true));

  check('reads fields, and leaves an example as it is', () => {
    const { kind } = made();
    ensure(options.examples.length >= 3, 'at least three examples');
    for (const [index, fields] of options.examples.entries()) {
      const at = `examples:${index + 1}`;
      const before = JSON.stringify(fields);
      const once = kind.parse(fields, at) as Fields;
      ensure(JSON.stringify(fields) === before, `the fields unchanged at ${at}`);
      ensure(once['at'] === at, `its place ${at} in the example; got ${String(once['at'])}`);
      const text = JSON.stringify(once);
      const again = JSON.stringify(kind.parse(JSON.parse(text) as Fields, at));
      ensure(again === text, `the example again at ${at}: ${text}; got ${again}`);
      ensure(kind.target(once) !== undefined, `a target at ${at}`);
      const texts = kind.texts(once);
      ensure(texts.length > 0 && texts.every((each) => typeof each === 'string'), `texts at ${at}`);
    }
  });

  check('reads fields without a target', () => {
    const { kind } = made();
    for (const [index, fields] of options.examples.entries()) {
      const example: unknown = kind.parse(withoutTarget(fields), `examples:${index + 1}`);
      ensure(kind.target(example) === undefined, `no target of row ${index + 1} without its target columns`);
    }
  });

  const refuses = (what: string, fields: Fields, codes: Parameters<typeof ensureRefused>[1]): void =>
    check(`refuses ${what}, and says where`, async () => {
      const { kind } = made();
      const parse = (): void => void kind.parse(fields, 'broken:7');
      await ensureRefused(parse, codes, what);
      const thrown = await thrownBy(parse);
      const at = AdapterFusionError.is(thrown) ? thrown.at : undefined;
      ensure(at?.startsWith('broken:7') === true, `the place broken:7 in the error; got ${at ?? 'none'}`);
    });
  refuses('fields without any input', { at: 'broken:7' }, ['DATA_INVALID']);
  for (const [name, { required, target }] of Object.entries(columns)) {
    const [sample] = options.examples.filter((fields) => fields[name] !== undefined);
    if (required === false || target === true || !sample) continue;
    const others = Object.entries(sample).filter(([field]) => field !== name);
    refuses(`a row without the field "${name}"`, Object.fromEntries(others), ['DATA_INVALID']);
    refuses(`an object in the field "${name}"`, { ...sample, [name]: {} }, ['DATA_INVALID']);
  }
  for (const { what, fields, code = 'DATA_INVALID' } of options.broken ?? []) refuses(what, fields, [code]);

  check('finds the labels of rows', () => {
    const { labels, kind } = made();
    if (!kind.labelsIn) return;
    const bare = configured.create({ labels: [] });
    ensure(bare.labels.length === 0, 'no labels before they are known');
    const found = new Set(
      options.examples.flatMap((fields, index) => [...bare.labelsIn!(fields, `examples:${index + 1}`)]),
    );
    ensure(found.size > 0, 'labels in the fields of the examples');
    const isKnown = (label: string): boolean =>
      labels.includes(label) || (/^\d+$/.test(label) && Number(label) < labels.length);
    const unknown = [...found].filter((label) => !isKnown(label));
    ensure(unknown.length === 0, `labels among ${labels.join(', ')}; got ${unknown.join(', ')}`);
    for (const fields of options.examples)
      ensure(bare.labelsIn!(withoutTarget(fields), 'examples:1').length === 0, 'no labels in a row without a target');
  });
}

function checkRows(check: Check, configured: AnyConfigured<'task'>, options: TaskSuiteOptions): void {
  const made = (): TaskFixture => new TaskFixture(configured, options);

  check('encodes an example as rows within the longest input', () => {
    const fixture = made();
    for (const example of fixture.parsed())
      for (const maxLength of [8, 16, 24, 128]) {
        const rows = fixture.encode(example, maxLength);
        const where = `${example.at} with maxLength ${maxLength}`;
        ensure(rows.length > 0, `at least one row for ${where}`);
        for (const { group, target } of rows) {
          ensure(group.length > 0, `at least one encoding in a row for ${where}`);
          ensure(target !== undefined, `a target in every row for ${where}`);
          for (const { ids, types } of group) {
            ensure(
              ids.length > 0 && ids.length <= maxLength,
              `1 to ${maxLength} tokens for ${where}; got ${ids.length}`,
            );
            ensure(types.length === ids.length, `a type for each token for ${where}`);
          }
        }
        const again = fixture.encode(example, maxLength);
        ensure(JSON.stringify(again) === JSON.stringify(rows), `the same rows twice for ${where}`);
      }
  });

  check('encodes the inputs of an example the same without its target', () => {
    const fixture = made();
    const { columns } = configured.plugin.supports;
    for (const [index, fields] of options.examples.entries()) {
      const inputs = Object.entries(fields).filter(([name]) => columns[name]?.target !== true);
      const bare = fixture.encode(fixture.kind.parse(Object.fromEntries(inputs), `examples:${index + 1}`) as object);
      const full = fixture.encode(fixture.parsed()[index]!);
      const groups = (rows: readonly Row[]): string => JSON.stringify(rows.map(({ group }) => group));
      ensure(
        bare.every(({ target }) => target === undefined),
        `no target in a row of ${index + 1} without its target`,
      );
      ensure(groups(bare) === groups(full), `the same encodings of row ${index + 1} with and without a target`);
    }
  });

  check('collates targets row by row, with −1 at padding', () => {
    const fixture = made();
    const rows = fixture.encoded().flatMap((each) => [...each.rows]);
    const time = timeOf(rows);
    const collate = (chosen: readonly Row[], padded: number): HostTargets =>
      fixture.kind.collate(
        chosen.map(({ target }) => target),
        { groups: chosen.map(({ group }) => group.length), time: padded },
      );
    const [targets, longer] = [collate(rows, time), collate(rows, time + 3)];
    ensure(Object.keys(targets).length > 0, 'at least one array of targets');
    for (const [name, { data, shape }] of Object.entries(targets)) {
      const size = shape.reduce((product, each) => product * each, 1);
      ensure(data.length === size, `${size} values in ${name} [${shape.join()}]; got ${data.length}`);
      ensure(shape[0] === rows.length, `${rows.length} rows in ${name}; got [${shape.join()}]`);
      ensure(data.every(Number.isFinite), `finite values in ${name}`);
      const row = data.length / rows.length;
      for (const [index, each] of rows.entries()) {
        const alone = collate([each], time)[name]!.data;
        const own = data.slice(index * row, (index + 1) * row);
        ensure(own.join() === alone.join(), `row ${index + 1} of ${name} the same alone and in a batch`);
      }
      const other = longer[name]!;
      if (other.shape.join() === shape.join()) {
        ensure(other.data.join() === data.join(), `the same ${name} whatever the padding`);
        continue;
      }
      ensure(
        shape[1] === time && other.shape[1] === time + 3,
        `${name} [rows, time, …]; got [${shape.join()}] for ${time} tokens and [${other.shape.join()}] for ${time + 3}`,
      );
      const inner = row / time;
      for (const index of rows.keys()) {
        const start = index * (time + 3) * inner;
        const kept = other.data.slice(start, start + time * inner);
        const padding = other.data.slice(start + time * inner, start + (time + 3) * inner);
        ensure(kept.join() === data.slice(index * row, (index + 1) * row).join(), `the same ${name} before padding`);
        ensure(
          padding.every((value) => value === -1),
          `−1 at the padding of ${name}; got ${padding.join()}`,
        );
      }
      for (const [index, { group }] of rows.entries()) {
        const length = Math.max(...group.map(({ ids }) => ids.length));
        const after = data.slice(index * row + length * inner, (index + 1) * row);
        ensure(
          after.every((value) => value === -1),
          `−1 at the padding of ${name} in row ${index + 1}`,
        );
      }
    }
  });
}
