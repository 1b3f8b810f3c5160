import { parseJsonObject } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { filesOf, type CommonOptions } from 'adapterfusion';
import type { ExperimentFile } from './file.js';
import type { CellResult, FailedCell, OtherResult, SourceResult, TaskRecord } from './results.js';

/** What the folder of an experiment holds. */
export interface ExperimentResults {
  readonly file: ExperimentFile;
  readonly cells: readonly CellResult[];
  readonly tasks: { readonly [task: string]: TaskRecord };
  readonly failed: readonly FailedCell[];
  /** Adapters that are mixed, on tasks that the table has not. */
  readonly sources: readonly SourceResult[];
}

/**
 * Reads the results of an experiment, also of one that is not finished.
 * @throws FILE_NOT_FOUND; FILE_CORRUPT with `file:line`
 */
export async function readExperiment(
  folder: string,
  options: Pick<CommonOptions, 'files'> = {},
): Promise<ExperimentResults> {
  const files = filesOf(options.files);
  if ((await files.kind(files.join(folder, 'experiment.json'))) === undefined)
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: folder,
      expected: 'the folder of an experiment',
      got: (await files.kind(folder)) === undefined ? 'nothing there' : 'no experiment.json there',
      fix: 'Name what "adapterfusion run" wrote to (--out).',
    });
  const read = async (name: string) => {
    const at = files.join(folder, name);
    return parseJsonObject(await files.read(at), 'FILE_CORRUPT', at, 'a JSON object', FIX);
  };
  return {
    file: (await read('experiment.json')) as unknown as ExperimentFile,
    cells: await readLines<CellResult>(files, files.join(folder, 'results.jsonl')),
    tasks: (await read('tasks.json')) as ExperimentResults['tasks'],
    failed: await readLines<FailedCell>(files, files.join(folder, 'failed.jsonl')),
    sources: await readLines<SourceResult>(files, files.join(folder, 'sources.jsonl')),
  };
}

/**
 * Reads what somebody else reached: a line `{ "strategy", "task", "seed", "metrics" }` for each result; more keys may stand there.
 * @throws FILE_NOT_FOUND; FILE_CORRUPT with `file:line`
 */
export async function readOtherResults(
  path: string,
  options: Pick<CommonOptions, 'files'> = {},
): Promise<readonly OtherResult[]> {
  const fix = 'Give a line { "strategy", "task", "seed", "metrics": { "accuracy": 0.75 } } for each result.';
  const lines = await readLines<OtherResult>(filesOf(options.files), path, fix);
  for (const [index, line] of lines.entries())
    if (!isOther(line))
      throw new AdapterFusionError('FILE_CORRUPT', {
        at: `${path}: result ${index + 1}`,
        expected: 'strategy, task, seed and metrics',
        got: JSON.stringify(line).slice(0, 60),
        fix,
      });
  return lines;
}

function isOther(value: unknown): boolean {
  const { strategy, task, seed, metrics } = (value ?? {}) as Partial<Record<keyof OtherResult, unknown>>;
  const named = typeof strategy === 'string' && typeof task === 'string' && typeof seed === 'number';
  return (
    named &&
    typeof metrics === 'object' &&
    metrics !== null &&
    Object.values(metrics).every((each) => typeof each === 'number')
  );
}

const FIX = 'Run the experiment again: what is done is not done again, and this file is written anew.';

async function readLines<T>(files: Files, path: string, fix = FIX): Promise<T[]> {
  const lines = new TextDecoder().decode(await files.read(path)).split('\n');
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as T];
    } catch (cause) {
      const at = `${path}:${index + 1}`;
      throw new AdapterFusionError('FILE_CORRUPT', { at, expected: 'JSON', got: line.slice(0, 40), fix, cause });
    }
  });
}
