import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextExample } from '@adapterfusion/contracts';
import { collect, stratifiedSample } from '@adapterfusion/data';
import { nodeFiles } from '@adapterfusion/files-node';
import { fileSource } from '@adapterfusion/runtime';
import { createRegistry } from 'adapterfusion';
import {
  BUDGETS,
  DRAWS,
  MEASURED_ROWS,
  SETS,
  SOURCE_ROWS,
  TARGETS,
  type SetName,
  type StudySet,
  type Target,
} from './sets.js';

/** How many rows a set has, and how many of them left because their text is among rows that a target is measured on. */
export interface LeakCount {
  readonly set: SetName;
  readonly rows: number;
  readonly removed: number;
  /** Rows of the source's training file, after the removal and the limit. */
  readonly used: number;
}

interface Row {
  readonly text: string;
  readonly pair?: string;
  readonly label: string;
}

const files = nodeFiles();

/** NFKC, lower case, and runs of other characters than letters and digits as one space. */
const normalised = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** The text of a row, normalised; of a pair both, in either order. */
const textOf = ({ text, pair }: Row): string =>
  [text, ...(pair === undefined ? [] : [pair])].map(normalised).sort().join('\n');

/** The rows of a set's split, with names for labels. */
async function read(name: SetName, which: 'train' | 'test', data: string): Promise<Row[]> {
  const set: StudySet = SETS[name];
  const dataset = createRegistry().configure('dataset', set.task, set.options).create({});
  const { task, home } = dataset;
  const folder =
    set.folder === undefined
      ? join((await files.packageFolder!(home!.package, '@adapterfusion/dataset-reviews'))!, home!.folder)
      : join(data, set.folder);
  const labels = task.labels ?? [];
  const examples = await collect(dataset, set[which], fileSource(files, folder));
  return examples.map(({ text, pair, label }: TextExample) => ({
    text,
    ...(pair === undefined ? {} : { pair }),
    label: labels[label!]!,
  }));
}

/** A stratified part of the rows, and the rest. */
function part(rows: readonly Row[], size: number, seed: number): { readonly taken: Row[]; readonly rest: Row[] } {
  if (rows.length <= size) return { taken: [...rows], rest: [] };
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  const chosen = new Set(
    stratifiedSample(
      rows.map(({ label }) => labels.indexOf(label)),
      { rows: size, seed },
    ),
  );
  return { taken: rows.filter((_, row) => chosen.has(row)), rest: rows.filter((_, row) => !chosen.has(row)) };
}

const write = (folder: string, split: string, rows: readonly Row[]): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${split}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
};

/** Where the rows of a source lie, or of a draw of a target. */
export const sourceFolder = (out: string, set: SetName): string => join(out, 'rows', 'sources', set);
export const drawFolder = (out: string, target: SetName, labels: number, draw: number): string =>
  join(out, 'rows', 'targets', target, `${labels}-${draw}`);

/**
 * Writes the rows of all sources and draws below `out/rows`, without leaks; does nothing where that is done.
 * @param data the folder of all data sets
 * @returns the counts of removed rows, also in `out/rows/leaks.json`
 */
export async function prepare(data: string, out: string): Promise<LeakCount[] | undefined> {
  const place = join(out, 'rows');
  if (existsSync(place)) return undefined;
  const being = join(out, 'preparing');
  rmSync(being, { recursive: true, force: true });
  const names = Object.keys(SETS) as SetName[];
  const train = new Map<SetName, Row[]>();
  for (const name of names) train.set(name, await read(name, 'train', data));
  const measured = new Map<SetName, Row[]>();
  const forbidden = new Set<string>();
  for (const [name, { role }] of Object.entries(TARGETS) as [SetName, Target][]) {
    // A development target never sees its published test rows: a part of its training rows takes their place.
    const { taken, rest } =
      role === 'development'
        ? part(train.get(name)!, Math.min(MEASURED_ROWS[role], Math.floor(train.get(name)!.length * 0.4)), 0)
        : part(await read(name, 'test', data), MEASURED_ROWS[role], 0);
    if (role === 'development') train.set(name, rest);
    measured.set(name, taken);
    const all = role === 'development' ? taken : [...taken, ...rest];
    for (const row of all) forbidden.add(textOf(row));
  }
  const counts: LeakCount[] = [];
  for (const name of names) {
    const rows = train.get(name)!;
    const kept = rows.filter((row) => !forbidden.has(textOf(row)));
    train.set(name, kept);
    const { taken } = part(kept, SOURCE_ROWS, 0);
    write(join(being, 'sources', name), 'train', taken);
    counts.push({ set: name, rows: rows.length, removed: rows.length - kept.length, used: taken.length });
  }
  for (const [name, rows] of measured)
    for (const labels of BUDGETS[TARGETS[name]!.role])
      for (let draw = 0; draw < DRAWS; draw++) {
        const folder = join(being, 'targets', name, `${labels}-${draw}`);
        write(folder, 'train', part(train.get(name)!, labels, draw).taken);
        write(folder, 'test', rows);
      }
  writeFileSync(join(being, 'leaks.json'), JSON.stringify(counts, null, 2));
  renameSync(being, place);
  return counts;
}
