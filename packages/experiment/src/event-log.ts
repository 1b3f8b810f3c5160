import type { Files } from '@adapterfusion/contracts';
import type { RunEvent } from 'adapterfusion';
import type { Stage } from './results.js';
import { eventFile } from './tensorboard.js';

type Logged = Exclude<RunEvent, { type: 'table' }>;

/** Points of a curve. */
const POINTS = 60;

/**
 * The events of a run, one a line of JSON: of a run that was cut off and went on, those that led to its result, each once.
 */
export class EventLog {
  readonly #files: Files;
  readonly #path: string;
  #events: Logged[];

  private constructor(files: Files, path: string, events: Logged[]) {
    this.#files = files;
    this.#path = path;
    this.#events = events;
  }

  /** Reads what was logged; a last line that a kill cut short is dropped. @param path without the ending */
  static async open(files: Files, path: string): Promise<EventLog> {
    const there = (await files.kind(`${path}.jsonl`)) !== undefined;
    const text = there ? new TextDecoder().decode(await files.read(`${path}.jsonl`)) : '';
    const events: Logged[] = [];
    for (const line of text.split('\n')) {
      const event = parsed(line);
      if (event) events.push(event);
    }
    return new EventLog(files, path, events);
  }

  /** Logs an event. When a phase starts, what it will do again is taken out. */
  async add(event: RunEvent): Promise<void> {
    if (event.type === 'table') return;
    if (event.type === 'start') return this.#rewind(event);
    if (this.#holds(event)) return;
    if (event.type === 'done' && event.interrupted) return;
    this.#events.push(event);
    await this.#files.append?.(`${this.#path}.jsonl`, encode(`${JSON.stringify(event)}\n`));
  }

  /** Writes the same as a table, `.csv`, and its numbers for TensorBoard. */
  async finish(): Promise<void> {
    const columns = [...new Set(this.#events.flatMap((event) => Object.keys(event)))];
    const cell = (value: unknown): string => {
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = this.#events.map((event) => columns.map((key) => cell((event as Record<string, unknown>)[key])));
    const text = [columns, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
    await this.#files.write(`${this.#path}.csv`, encode(text));
    await this.#files.write(`${this.#path}.out.tfevents`, eventFile(this.#events));
  }

  /** Seconds of all steps. */
  get seconds(): number {
    return this.#steps.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Mean losses of at most 60 equal stretches. */
  get losses(): number[] {
    const losses = this.#steps.map(({ loss }) => loss);
    const count = Math.min(POINTS, losses.length);
    return Array.from({ length: count }, (_, index) => {
      const from = Math.floor((index * losses.length) / count);
      const part = losses.slice(from, Math.floor(((index + 1) * losses.length) / count));
      return part.reduce((sum, loss) => sum + loss, 0) / part.length;
    });
  }

  get history(): { epoch: number; metrics: { readonly [name: string]: number } }[] {
    return this.#events.flatMap((event) =>
      event.type === 'evaluation' ? [{ epoch: event.epoch, metrics: event.metrics }] : [],
    );
  }

  get #steps() {
    return this.#events.filter((event) => event.type === 'step');
  }

  get stages(): Stage[] {
    return this.#events.flatMap((event) => {
      if (event.type !== 'stage') return [];
      const { type: _, ...stage } = event;
      return [stage];
    });
  }

  /** Whether what a run says again when it goes on was logged before. */
  #holds(event: Logged): boolean {
    // Not the many steps: a run has hundreds of thousands.
    if (!['done', 'stage', 'data'].includes(event.type)) return false;
    return this.#events.some(
      (held) =>
        (event.type === 'done' && held.type === 'done' && held.phase === event.phase) ||
        (event.type === 'stage' && held.type === 'stage' && held.task === event.task) ||
        (event.type === 'data' && JSON.stringify(held) === JSON.stringify(event)),
    );
  }

  /** Goes back to where the phase goes on. */
  async #rewind(start: Extract<Logged, { type: 'start' }>): Promise<void> {
    const { phase, resumedAt } = start;
    const later = (event: Logged): boolean =>
      'phase' in event &&
      event.phase === phase &&
      (event.type === 'done' ? event.steps : 'step' in event ? event.step : 0) > resumedAt;
    const known = this.#events.some((event) => event.type === 'start' && event.phase === phase);
    const kept = this.#events.filter((event) => !later(event) && event.type !== 'saved');
    this.#events = known ? kept : [...kept, { ...start, resumedAt: 0 }];
    const text = this.#events.map((event) => `${JSON.stringify(event)}\n`).join('');
    await this.#files.write(`${this.#path}.jsonl`, encode(text));
  }
}

function parsed(line: string): Logged | undefined {
  try {
    return JSON.parse(line) as Logged;
  } catch {
    return undefined;
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
