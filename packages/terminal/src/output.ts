import type { Progress } from 'adapterfusion';
import { clock } from './pace.js';
import { ProgressLine } from './progress.js';

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
const remaining = (seconds: number): string => (Number.isFinite(seconds) ? `${clock(seconds)} left` : 'waiting');

/** What stages are called before people; others have a name that says it. */
const STAGES: Readonly<Record<string, string>> = {
  adapter: 'own adapter, to compare with',
  selection: 'fusions, to choose from and compare',
};

/** Where results and notes go: results to stdout, everything else to stderr; with `json`, all of it as events to stdout. */
export class Output {
  readonly json: boolean;
  /** Whether a result was given. */
  given = false;
  readonly #progress: ProgressLine | undefined;

  constructor(json: boolean) {
    this.json = json;
    this.#progress = json ? undefined : new ProgressLine(process.stderr);
  }

  /** A result: the event itself with `json`, otherwise the lines. */
  result(event: object, lines: readonly string[]): void {
    this.given = true;
    this.#progress?.clear();
    process.stdout.write(this.json ? `${JSON.stringify(event)}\n` : lines.map((line) => `${line}\n`).join(''));
  }

  /** Something on the way: the event with `json`, otherwise a line on stderr. */
  event(event: object, line?: string): void {
    if (this.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (line !== undefined) this.#line(line);
  }

  /** A line for people; nothing with `json`. */
  note(line: string): void {
    if (!this.json) this.#line(line);
  }

  warn = (message: string): void => this.event({ type: 'warning', message }, `warning: ${message}`);

  /** How far something is. @param words what to say beside the bar */
  progress(what: string, done: number, total: number, words = ''): void {
    this.#progress?.show(what, done, total, words);
  }

  stage = (progress: Progress): void => {
    const { done, total, rate, left } = progress;
    const stage = STAGES[progress.stage] ?? progress.stage;
    if (this.json) this.event({ type: 'progress', ...progress });
    else if (rate !== undefined && left !== undefined)
      this.progress(
        `${stage}, MB`,
        megabytes(done),
        megabytes(total),
        `${(rate / 1e6).toFixed(1)} MB/s, ${remaining(left)}`,
      );
    else if (total > 1) this.progress(stage, done, total);
  };

  /** Takes the bar off the terminal. */
  end(): void {
    this.#progress?.clear();
  }

  #line(line: string): void {
    this.#progress?.clear();
    process.stderr.write(`${line}\n`);
  }
}
