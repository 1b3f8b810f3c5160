import { AdapterFusionError, identityOf, nearest, type Files } from '@adapterfusion/contracts';
import { isBundle, readManifest, type Registry } from '@adapterfusion/runtime';
import { sha256 } from '@adapterfusion/checkpoint';
import {
  fingerprintData,
  fingerprintEncoder,
  type BackendInfo,
  type DataRecord,
  type EncoderRecord,
} from 'adapterfusion';
import type { ExperimentFile, GivenAdapter } from './file.js';
import type { Problems } from './problems.js';

/** Where files are reached from. */
export interface Access {
  readonly files: Files;
  readonly registry: Registry;
  /** The path of a file's entry: `./` and `../` are relative to the file. */
  readonly path: (given: string) => string;
}

/** What an experiment is run with: results are a function of this and of the file. */
export interface CreateContext {
  readonly backend: BackendInfo;
  readonly encoder: EncoderRecord;
  readonly tasks: ReadonlyMap<string, DataRecord>;
  /** Hashes of the adapters that are given, by name. */
  readonly given: ReadonlyMap<string, string>;
  /** Versions of what is not chosen in the file. */
  readonly code: readonly string[];
}

/** In the place of what is missing, which is a problem: no plan with it is ever run. */
const NO_ENCODER: EncoderRecord = { sha256: '', config: {} };
export const NO_BACKEND: BackendInfo = { name: 'cpu', device: '', version: '', threads: 1 };

/** Looks at encoder, data and given adapters, noting all that is missing. The backend is for others to open. */
export async function lookAround(
  file: ExperimentFile,
  { files, registry, path }: Access,
  problems: Problems,
): Promise<Omit<CreateContext, 'backend'>> {
  const encoder = await problems.try('model', () => fingerprintEncoder(path(file.model), { files }));
  const tasks = new Map<string, DataRecord>();
  for (const name of namedTasks(file, problems)) {
    const record = await problems.try(`tasks.${name}`, () =>
      fingerprintData({ ...dataOptionsOf(file, name, path), files, registry }),
    );
    if (record) tasks.set(name, record);
  }
  const given = new Map<string, string>();
  for (const source of file.sources ?? [])
    if (typeof source === 'object') {
      const hash = await problems.try(`sources: ${source.name}`, () => hashOfBundle(source, { files, path, registry }));
      if (hash !== undefined) given.set(source.name, hash);
    }
  const code = (['backbone', 'head'] as const).flatMap((kind) =>
    registry.list(kind).map((plugin) => `${identityOf(plugin)}@${plugin.packageVersion}`),
  );
  return { encoder: encoder ?? NO_ENCODER, tasks, given, code: code.sort() };
}

/** The options by which a task's rows are read. */
export function dataOptionsOf(file: ExperimentFile, name: string, path: Access['path']) {
  const { data = name, dataDir = file.dataDir, dataOptions } = file.tasks[name]!;
  return {
    data: path(data),
    ...(dataDir === undefined ? {} : { dataDir: path(dataDir) }),
    ...(dataOptions === undefined ? {} : { dataOptions }),
  };
}

/** Tasks that are used: sources and targets. Names of none are noted. */
function namedTasks(file: ExperimentFile, problems: Problems): string[] {
  const known = Object.keys(file.tasks);
  const sources = (file.sources ?? known).filter((each): each is string => typeof each === 'string');
  const targets = file.targets ?? known;
  for (const [at, names] of [
    ['sources', sources],
    ['targets', targets],
  ] as const)
    for (const name of names) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      const fix = near === undefined ? 'Add it to "tasks".' : `Did you mean "${near}"?`;
      problems.add(at, { expected: `tasks of this file: ${known.join(', ')}`, got: JSON.stringify(name), fix });
    }
  const twice = (file.sources ?? []).map((each) => (typeof each === 'string' ? each : each.name));
  for (const name of twice.filter((each, index) => twice.indexOf(each) !== index))
    problems.add('sources', {
      expected: 'a name of its own for every source',
      got: `"${name}" twice`,
      fix: 'Rename one.',
    });
  return known.filter((name) => sources.includes(name) || targets.includes(name));
}

/** The hash of a bundle's manifest, which has those of its files. */
async function hashOfBundle({ bundle }: GivenAdapter, { files, path, registry }: Access): Promise<string> {
  const folder = path(bundle);
  if (!(await isBundle(files, folder)))
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: folder,
      expected: 'the bundle of an adapter',
      got: (await files.kind(folder)) === undefined ? 'no such folder' : 'a folder without adapterfusion.json',
      fix: 'Name a folder that "train" wrote.',
    });
  const manifest = await readManifest(files, folder, registry);
  return sha256(JSON.stringify(manifest));
}
