import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { computeMetrics, headlineMetric } from '@adapterfusion/metrics';
import type { Measured } from 'adapterfusion';
import type { SetName } from './sets.js';

/** What is measured once. */
export interface Cell {
  readonly encoder: string;
  readonly target: SetName;
  /** Training rows. */
  readonly labels: number;
  readonly draw: number;
  /** How: the name of an arm of an ablation, or a method of the study's table. */
  readonly arm: string;
}

/** A cell with what was found, a line of the file. */
export interface MeasuredCell extends Cell {
  readonly accuracy: number;
  readonly macroF1: number;
  /** The metric that counts, fixed by the training rows. */
  readonly metric: 'accuracy' | 'macro-f1';
  readonly seconds: number;
  /** Cross-validated log-loss on the training rows, nats, where the method has one. */
  readonly logLoss?: number;
  /** Marked by the run: what was saved, or which fusion was chosen. */
  readonly note?: string;
  /** The class answered for each measured row, {@link packed}. */
  readonly answers?: string;
}

const keyOf = ({ encoder, target, labels, draw, arm }: Cell): string => [encoder, target, labels, draw, arm].join(' ');

/** The value of the metric that counts. */
export const valueOf = ({ metric, accuracy, macroF1 }: MeasuredCell): number =>
  metric === 'accuracy' ? accuracy : macroF1;

/** A file of measured cells, one a line, that only grows. A line that a killed run left half-written is passed over. */
export class CellFile {
  readonly #path: string;
  readonly #cells = new Map<string, MeasuredCell>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    for (const line of text.split('\n').filter(Boolean)) {
      try {
        const cell = JSON.parse(line) as MeasuredCell;
        this.#cells.set(keyOf(cell), cell);
      } catch {
        // Measured again.
      }
    }
    if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  }

  has(cell: Cell): boolean {
    return this.#cells.has(keyOf(cell));
  }

  /** Adds cells, all at once. */
  add(...cells: readonly MeasuredCell[]): void {
    appendFileSync(this.#path, cells.map((cell) => `${JSON.stringify(cell)}\n`).join(''));
    for (const cell of cells) this.#cells.set(keyOf(cell), cell);
  }

  all(): readonly MeasuredCell[] {
    return [...this.#cells.values()];
  }
}

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

/** What the answers to the measured rows are worth. @param trainLabels class of each training row */
export function scored(
  cell: Cell,
  { labels, truth, predictions }: Pick<Measured, 'labels' | 'truth' | 'predictions'>,
  trainLabels: readonly number[],
): Omit<MeasuredCell, 'seconds'> {
  const values = computeMetrics(
    ['accuracy', 'macro-f1'],
    predictions as readonly number[],
    truth as readonly number[],
    { labels: [...labels] },
  );
  return {
    ...cell,
    accuracy: rounded(values['accuracy']!),
    macroF1: rounded(values['macro-f1']!),
    metric: headlineMetric(trainLabels, labels.length),
  };
}

/** Classes in base64, two to a byte. */
export function packed(classes: readonly number[]): string {
  const bytes = new Uint8Array(Math.ceil(classes.length / 2));
  classes.forEach((label, row) => (bytes[row >> 1]! |= label << (row & 1 ? 4 : 0)));
  return Buffer.from(bytes).toString('base64');
}

/** What {@link packed} packed. @param count how many classes */
export function unpacked(text: string, count: number): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: count }, (_, row) => (bytes[row >> 1]! >> (row & 1 ? 4 : 0)) & 15);
}
