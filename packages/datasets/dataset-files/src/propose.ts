import { AdapterFusionError, type DatasetSource } from '@adapterfusion/contracts';
import type { Row } from '@adapterfusion/data';
import { chooseColumns } from './columns.js';
import { inferFiles, peekFiles } from './files.js';
import { findParts } from './layout.js';
import { filesOptions, readsFields, type FilesOptions } from './options.js';
import { openPart, type OpenPart } from './read.js';

/** How a source can be read, for people to look at before anything is trained. */
export interface FilesProposal {
  /** The columns of each part of the source. */
  readonly parts: readonly { readonly at: string; readonly columns: readonly string[] }[];
  /** Options that read it, complete. */
  readonly options: FilesOptions;
  /** Which of them were guessed by what the columns hold, since no name was usual. {@link inferFiles} does not guess. */
  readonly guessed: readonly ('text' | 'label')[];
}

/** Rows that are looked at to guess. */
const SAMPLE = 1000;
/** A column with more different values holds no labels. */
const MOST_LABELS = 50;

/**
 * Proposes how a source is read: columns by usual names, or else by what they hold, and the labels that there are.
 * @throws DATA_INVALID, FILE_NOT_FOUND, OPTIONS_INVALID
 */
export async function proposeFiles(source: DatasetSource, given: Partial<FilesOptions> = {}): Promise<FilesProposal> {
  const options = filesOptions(given);
  if (readsFields(options)) {
    const { columns } = await peekFiles(source, options);
    return { parts: [{ at: source.describe(''), columns }], options, guessed: [] };
  }
  const { train, validation, test } = await findParts(source, options);
  const wanted = [train, validation, test].filter((part) => part !== undefined);
  const opened = await Promise.all(wanted.map((part) => openPart(part, source, options)));
  const guess = await guessColumns(opened[0]!, options);
  return {
    parts: opened.map(({ at, found }) => ({ at, columns: found })),
    options: await inferFiles(source, { ...given, ...guess }),
    guessed: (['text', 'label'] as const).filter((name) => guess[name] !== undefined),
  };
}

async function guessColumns(part: OpenPart, options: FilesOptions): Promise<{ text?: string; label?: string }> {
  try {
    chooseColumns(options, part.found, part.at);
    return {};
  } catch (error) {
    if (!AdapterFusionError.is(error)) throw error;
    const { held, rows } = await holdings(part);
    const few = Math.min(MOST_LABELS, rows / 2);
    const labels = [...held].filter(([name, { size }]) => size >= 2 && size <= few && name !== options.text);
    const label = options.label ?? labels.sort(([, a], [, b]) => a.size - b.size)[0]?.[0];
    const texts = [...held].filter(([name]) => name !== label && name !== options.pair);
    const text = options.text ?? texts.sort(([, a], [, b]) => b.characters - a.characters)[0]?.[0];
    if (label === undefined || text === undefined) throw error;
    return { ...(options.text === null ? { text } : {}), ...(options.label === null ? { label } : {}) };
  }
}

/** What a column holds in the first rows. */
interface Holding {
  /** Different values. */
  readonly size: number;
  /** Of text. */
  readonly characters: number;
}

async function holdings(part: OpenPart): Promise<{ held: Map<string, Holding>; rows: number }> {
  const first: Row[] = [];
  for await (const row of part.rows()) if (first.push(row) === SAMPLE) break;
  const held = part.found.map((name): [string, Holding] => {
    const cells = first.map(({ values }) => values[name]);
    const characters = cells.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 0), 0);
    return [name, { size: new Set(cells).size, characters }];
  });
  return { held: new Map(held), rows: first.length };
}
