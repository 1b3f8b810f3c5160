import {
  AdapterFusionError,
  identityOf,
  type AnyPlugin,
  type AnyTaskKind,
  type Dataset,
  type DatasetSource,
  type Example,
  type Fields,
  type JsonValue,
} from '@adapterfusion/contracts';
import { peekFiles, type FilesOptions } from '@adapterfusion/dataset-files';
import type { Registry } from '@adapterfusion/runtime';

/** Kinds that the options of files already tell apart, by text, label and choices columns. */
const PLAIN = ['auto', 'text-classification', 'regression', 'multiple-choice'];

/**
 * Options of files with the task kind and its columns: that which is named, or that which reads the first row, where this
 * has lists or objects, or asks about a context. Options that name columns of a text and a label are left as they are; of a
 * named kind they are the columns of its text and of its target.
 * @throws PLUGIN_MISSING for an unknown kind; what reading the first rows throws
 */
export async function withKind(
  source: DatasetSource,
  given: Partial<FilesOptions> = {},
  registry: Registry,
): Promise<Partial<FilesOptions>> {
  const { task = 'auto' } = given;
  if (PLAIN.includes(task)) {
    const named = [given.text, given.pair, given.label, given.choices].some((each) => typeof each === 'string' || each);
    return task === 'auto' && !named ? recognised(source, given, registry) : given;
  }
  const configured = await registry.load('task', task, given.taskOptions ?? {});
  const { plugin } = configured;
  const { columns } = await peekFiles(source, given);
  const { text, pair, label, ...rest } = given;
  const [target] = Object.entries(plugin.supports.columns).find(([, column]) => column.target) ?? [];
  const named = { text, pair: pair === false ? undefined : pair, ...(target === undefined ? {} : { [target]: label }) };
  const fields = Object.entries(named).filter(([, column]) => typeof column === 'string');
  return {
    ...rest,
    task: identityOf(plugin),
    taskOptions: configured.options as Readonly<Record<string, JsonValue>>,
    columns: { ...columnsFor(plugin, columns), ...(Object.fromEntries(fields) as object), ...given.columns },
  };
}

async function recognised(
  source: DatasetSource,
  given: Partial<FilesOptions>,
  registry: Registry,
): Promise<Partial<FilesOptions>> {
  const { columns, first } = await peekFiles(source, given);
  const [row] = first;
  const known = (name: string): boolean => columns.some((column) => column.toLowerCase() === name);
  if (!row || !(Object.values(row).some(isNested) || (known('question') && known('context')))) return given;
  await registry.provideAll('task');
  const found = registry
    .list('task')
    .map((plugin) => ({ plugin, columns: columnsFor(plugin, columns) }))
    .filter((each) => reads(each, row))
    .map((each) => ({ ...each, used: weight(each.columns, row) }))
    .sort((a, b) => b.used - a.used);
  const [best] = found;
  return best && best.used > 0 ? { ...given, task: identityOf(best.plugin), columns: best.columns } : given;
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** How much of what only such a kind reads is used: lists, objects, and more than a text and a label. */
const weight = (columns: Readonly<Record<string, string>>, row: Fields): number =>
  Object.values(columns).filter((column) => isNested(row[column])).length +
  (columns['question'] && columns['context'] ? 1 : 0);

/** The kind's fields and the columns with their usual names. */
function columnsFor({ supports }: AnyPlugin<'task'>, columns: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [field, { names }] of Object.entries(supports.columns)) {
    const taken = Object.values(found);
    const usual = [field, ...names].map((name) => columns.find((column) => column.toLowerCase() === name));
    const column = usual.find((each) => each !== undefined && !taken.includes(each));
    if (column !== undefined) found[field] = column;
  }
  return found;
}

/** Whether a kind reads a row and finds a target in it. */
function reads(
  { plugin, columns }: { readonly plugin: AnyPlugin<'task'>; readonly columns: Readonly<Record<string, string>> },
  row: Fields,
): boolean {
  const fields = Object.fromEntries(Object.entries(columns).map(([field, column]) => [field, row[column]]));
  const create = (labels: readonly string[]): AnyTaskKind => plugin.create(plugin.options({}), { labels });
  try {
    const labels = create([]).labelsIn?.(fields, 'row 1') ?? [];
    const kind = create(namesOf(labels));
    return kind.target(kind.parse(fields, 'row 1')) !== undefined;
  } catch (error) {
    if (AdapterFusionError.is(error)) return false;
    throw error;
  }
}

/**
 * Names of the labels in the training rows, in order.
 * @throws DATA_INVALID, also where there are none
 */
export async function labelsOf(
  kind: AnyTaskKind,
  dataset: Dataset,
  source: DatasetSource,
  name: string,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const row of dataset.examples('train', source) as AsyncIterable<Example>)
    for (const label of kind.labelsIn!(row as Fields, row.at ?? name)) found.add(label);
  if (found.size > 0) return namesOf([...found]);
  throw new AdapterFusionError('DATA_INVALID', {
    at: name,
    expected: 'rows with labels',
    got: 'none with a label',
    fix: "Check the columns, or name them: --data-option 'columns={…}', by the fields of the task kind.",
  });
}

/** Labels in order; of numbers every one from 0 to the largest, since numbers are indices. */
function namesOf(labels: readonly string[]): readonly string[] {
  if (labels.length === 0 || !labels.every((label) => /^\d+$/.test(label))) return [...labels].sort();
  return Array.from({ length: Math.max(...labels.map(Number)) + 1 }, (_, index) => String(index));
}
