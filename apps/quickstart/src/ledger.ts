import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { AdapterFusionError } from 'adapterfusion';

/** Lines of JSON that outlive an interruption: what is written is not done again. */
export class Ledger<Row> {
  readonly rows: Row[];
  readonly #path: string;

  /** A last line that a kill cut short is dropped. @throws FILE_CORRUPT for any other line that is no JSON */
  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    this.rows = whole
      .split('\n')
      .flatMap((line, index) => (line === '' ? [] : [parse<Row>(line, `${path}:${index + 1}`)]));
  }

  append(row: Row): void {
    appendFileSync(this.#path, `${JSON.stringify(row)}\n`, { flush: true });
    this.rows.push(row);
  }
}

function parse<Row>(line: string, at: string): Row {
  try {
    return JSON.parse(line) as Row;
  } catch (cause) {
    throw new AdapterFusionError('FILE_CORRUPT', {
      ...{ at, expected: 'a line of JSON', got: line.slice(0, 40), cause },
      fix: 'Remove the line: its cell is measured again.',
    });
  }
}
