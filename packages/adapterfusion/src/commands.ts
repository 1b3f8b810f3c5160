import type { TableRow } from './events.js';
import type { TrainingOptions } from './options.js';

/** A word of a command, quoted where a shell would split it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/**
 * The command that makes a row of the table from the options of the run that the table ends; undefined for methods of which
 * there is no bundle.
 * @param adapter the best adapter alone
 */
export function commandFor(
  row: TableRow,
  options: Omit<TrainingOptions, 'data'> & { readonly adapters?: readonly string[] },
  data: string,
  adapter: string | undefined,
): string | undefined {
  const { model, dataDir, out, trainRows, settings } = options;
  const common = [
    ...['--model', model, '--data', data],
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(trainRows === undefined ? [] : ['--train-rows', String(trainRows)]),
    ...(settings?.seed === undefined ? [] : ['--seed', String(settings.seed)]),
  ];
  const place = (name: string): string[] => ['--out', `${out.replace(/[/\\]+$/, '')}-${name}`];
  const words = ((): string[] | undefined => {
    switch (row.method) {
      case 'head':
      case 'probe':
        return [
          'train',
          ...common,
          '--strategy',
          'head',
          ...(row.method === 'probe' ? ['--pooling', 'mean'] : []),
          ...place('head'),
        ];
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
