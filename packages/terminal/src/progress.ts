import type { WriteStream } from 'node:tty';
import cliProgress from 'cli-progress';

const BETWEEN_LINES = 5000;

/** A bar on a terminal; elsewhere a line now and then. */
export class ProgressLine {
  readonly #stream: WriteStream;
  #bar: cliProgress.SingleBar | undefined;
  #shown = '';
  #lastLine = performance.now();

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  show(what: string, done: number, total: number, words: string): void {
    if (this.#stream.isTTY) this.#draw(what, done, total, words);
    else if (performance.now() - this.#lastLine >= BETWEEN_LINES) {
      this.#lastLine = performance.now();
      this.#stream.write(`${what} ${done}/${total}${words && `, ${words}`}\n`);
    }
  }

  /** Takes the bar away, so that a line can be written. */
  clear(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #draw(what: string, done: number, total: number, words: string): void {
    if (this.#shown !== what) this.clear();
    this.#shown = what;
    if (!this.#bar) {
      this.#bar = new cliProgress.SingleBar({
        stream: this.#stream,
        format: '{what} {bar} {value}/{total}  {words}',
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: 24,
        clearOnComplete: true,
        hideCursor: true,
        // An end that is reached stays until it is cleared: the interrupt is ours.
        gracefulExit: false,
      });
      this.#bar.start(total, done, { what, words });
    } else this.#bar.update(done, { what, words });
    if (done >= total) this.clear();
  }
}
