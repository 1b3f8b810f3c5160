import type { TableRow } from './events.js';
import { changedOptions, isConfigured } from '@adapterfusion/runtime';
import type { TrainingOptions } from './options.js';

/** A word of a command, quoted where a shell would split it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Options of the data that have a flag of their own. */
const COLUMNS: readonly string[] = ['text', 'pair', 'label', 'id'];

/**
 * The command that makes a row of the table from the options of the run that the table ends; undefined for methods of which
 * there is no bundle.
 * @param adapter the best adapter alone
 */
export function commandFor(
  row: TableRow,
  options: TrainingOptions & { readonly adapters?: readonly string[] },
  data: string,
  adapter: string | undefined,
): string | undefined {
  const { model, dataDir, out, trainRows, settings, measureOn } = options;
  const dataOptions = isConfigured(options.data) ? changedOptions(options.data) : (options.dataOptions ?? {});
  const common = [
    ...['--model', model, '--data', data],
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...Object.entries(dataOptions).flatMap(([name, value]) =>
      COLUMNS.includes(name) || name === 'task'
        ? [name === 'task' ? '--task-kind' : `--${name}`, String(value)]
        : ['--data-option', `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
    ),
    ...(measureOn === undefined ? [] : ['--measure-on', measureOn]),
    ...(trainRows === undefined ? [] : ['--train-rows', String(trainRows)]),
    ...(settings?.seed === undefined ? [] : ['--seed', String(settings.seed)]),
  ];
  const place = (name: string): string[] => ['--out', `${out.replace(/[/\\]+$/, '')}-${name}`];
  const words = ((): string[] | undefined => {
    switch (row.method) {
      case 'head':
        return ['train', ...common, '--strategy', 'head', ...place('head')];
      case 'own-adapter':
        return ['train', ...common, ...place('adapter')];
      case 'single':
        return adapter === undefined
          ? undefined
          : ['fuse', ...common, '--adapters', adapter, '--fusion', 'average', ...place('single')];
      case 'average':
        return [
          'fuse',
          ...common,
          '--adapters',
          ...(options.adapters ?? []),
          '--fusion',
          'average',
          ...place('average'),
        ];
      default:
        return undefined;
    }
  })();
  return words && ['adapterfusion', ...words].map(quoted).join(' ');
}
