import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fuse, train, type Measured, type RunEvent, type TrainingOptions } from 'adapterfusion';
import { settingsOf, type Arm } from './arms.js';
import { packed, scored, type Cell, type MeasuredCell } from './cells.js';
import { drawFolder, sourceFolder } from './prepare.js';
import { TARGETS, type SetName } from './sets.js';

/** What all cells have in common. */
export interface Bench {
  /** Folders or packages of the encoders, by name. */
  readonly encoders: Readonly<Record<string, string>>;
  readonly backend: NonNullable<TrainingOptions['backend']>;
  readonly out: string;
}

/** Runs to the end. @returns its last event of each type */
async function follow(run: AsyncIterable<RunEvent>): Promise<ReadonlyMap<RunEvent['type'], RunEvent>> {
  const last = new Map<RunEvent['type'], RunEvent>();
  for await (const event of run) last.set(event.type, event);
  return last;
}

/** The folder of a source's adapter; it is trained as `train` does by default unless it is there. */
async function source(bench: Bench, encoder: string, set: SetName): Promise<string> {
  const out = join(bench.out, 'adapters', encoder, set);
  if (existsSync(join(out, 'adapterfusion.json'))) return out;
  const begun = performance.now();
  const { encoders, backend } = bench;
  const data = sourceFolder(bench.out, set);
  // The rows of a source are few where its target is small; all of them are trained on.
  const dataOptions = { validation: 0 };
  await follow(train({ model: encoders[encoder]!, backend, data, dataOptions, name: set, out, overwrite: true }));
  console.error(`adapter ${encoder} ${set}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  return out;
}

/** The classes of a draw's training rows, by the places of their names among sorted names. */
function trainLabels(folder: string): number[] {
  const lines = readFileSync(join(folder, 'train.jsonl'), 'utf8').trimEnd().split('\n');
  const names = lines.map((line) => (JSON.parse(line) as { label: string }).label);
  const known = [...new Set(names)].sort();
  return names.map((name) => known.indexOf(name));
}

/** Writes a draw's rows with other names for the labels, in the same order. @returns where */
function renamed(from: string, to: string): string {
  mkdirSync(to, { recursive: true });
  for (const split of ['train', 'test']) {
    const text = readFileSync(join(from, `${split}.jsonl`), 'utf8');
    writeFileSync(join(to, `${split}.jsonl`), text.replaceAll('"label":"', '"label":"class '));
  }
  return to;
}

/** The answers of two models together: the class with the highest product of probabilities. */
function together(one: Measured, other: Measured): Measured {
  const logProbabilities = (row: Float32Array): number[] => {
    const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return [...row].map((logit) => logit - total);
  };
  const predictions = one.outputs!.map(({ values: row }, at) => {
    const second = logProbabilities(other.outputs![at]!.values);
    const sums = logProbabilities(row).map((value, label) => value + second[label]!);
    return sums.indexOf(Math.max(...sums));
  });
  return { ...one, predictions };
}

/** Measures one arm. */
export async function measureArm(bench: Bench, cell: Cell, arm: Arm): Promise<MeasuredCell> {
  const { encoder, target, labels, draw } = cell;
  const begun = performance.now();
  const out = join(bench.out, 'scratch', String(process.pid));
  rmSync(out, { recursive: true, force: true });
  rmSync(`${out}.run`, { recursive: true, force: true });
  const drawn = drawFolder(bench.out, target, labels, draw);
  const data = arm.renamed ? renamed(drawn, `${out}-rows`) : drawn;
  let measured: Measured | undefined;
  const options: TrainingOptions & { data: string; name: string } = {
    ...{ model: bench.encoders[encoder]!, backend: bench.backend, data, name: target, out },
    dataOptions: { validation: 0 },
    ...{ measureOn: 'test', validate: false, overwrite: true },
    onMeasured: (found: Measured) => (measured = found),
    ...arm.options,
    settings: { seed: draw, checkpointEvery: 0, ...settingsOf(arm.pace ?? {}, labels), ...arm.options?.settings },
  };
  let note: string | undefined;
  if (arm.command === 'train') await follow(train(options));
  else {
    const adapters: string[] = [];
    for (const set of TARGETS[target]!.sources) adapters.push(await source(bench, encoder, set));
    if (arm.own) {
      const own = join(bench.out, 'scratch', `${process.pid}-own`);
      rmSync(own, { recursive: true, force: true });
      const { onMeasured: _, ...plain } = options;
      await follow(train({ ...plain, name: 'own', out: own, settings: { seed: draw, checkpointEvery: 0 } }));
      adapters.push(own);
    }
    const given = arm.own === 'seen' ? { own: [] } : {};
    const last = await follow(fuse({ ...options, ...given, adapters, compare: false }));
    const start = last.get('start');
    note = start?.type === 'start' ? String(start.steps) : undefined;
  }
  if (arm.beside) {
    const first = measured!;
    const { fusion: _, ...plain } = { fusion: '', ...options, strategy: arm.beside, settings: { seed: draw } };
    await follow(train(plain));
    measured = together(first, measured!);
  }
  const seconds = Math.round((performance.now() - begun) / 10) / 100;
  const { predictions } = measured!;
  return {
    ...scored(cell, measured!, trainLabels(data)),
    seconds,
    ...(note === undefined ? {} : { note }),
    ...(TARGETS[target]!.role === 'confirmation' ? { answers: packed(predictions as readonly number[]) } : {}),
  };
}

/**
 * Measures a draw of a confirmation target as `fuse` does with all defaults.
 * @returns a cell for each method of the table; its arm is the method
 */
export async function measureTable(bench: Bench, cell: Omit<Cell, 'arm'>): Promise<MeasuredCell[]> {
  const { encoder, target, labels, draw } = cell;
  const begun = performance.now();
  const data = drawFolder(bench.out, target, labels, draw);
  const out = join(bench.out, 'scratch', String(process.pid));
  const adapters: string[] = [];
  for (const set of TARGETS[target]!.sources) adapters.push(await source(bench, encoder, set));
  rmSync(`${out}.run`, { recursive: true, force: true });
  let measured: Measured | undefined;
  const run = fuse({
    ...{ model: bench.encoders[encoder]!, backend: bench.backend, data, name: target, out, overwrite: true, adapters },
    dataOptions: { validation: 0 },
    ...{ measureOn: 'test', answers: true, featureCache: join(bench.out, 'features') },
    onMeasured: (found) => (measured = found),
    settings: { seed: draw },
  });
  const table = (await follow(run)).get('table');
  if (table?.type !== 'table') throw new Error(`${target}: the run ended without a table`);
  const classes = trainLabels(data);
  const seconds = Math.round((performance.now() - begun) / 10) / 100;
  return table.table.map(({ method, predictions, logLoss, saved, name }) => ({
    ...scored({ ...cell, arm: method }, { ...measured!, predictions: predictions! }, classes),
    seconds,
    ...(logLoss === undefined ? {} : { logLoss: Math.round(logLoss * 1e4) / 1e4 }),
    note: saved ? `saved: ${name}` : name,
    answers: packed(predictions as readonly number[]),
  }));
}
