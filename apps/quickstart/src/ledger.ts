import { createHash } from 'node:crypto';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AdapterFusionError, filesOf } from 'adapterfusion';
import type { Bench } from './cells.js';

/**
 * Writes down what is measured, with what: settings, backend and the encoder's weights; or checks that it is what was
 * begun in this folder.
 * @throws RESUME_REFUSED where it is not; FILE_NOT_FOUND for an encoder that is not there; FILE_WRITE_FAILED
 */
export async function begin({ out, model, backend }: Bench, file: string, settings: object): Promise<void> {
  const path = join(out, file);
  const text = `${JSON.stringify({ encoder: weightsHash(model), backend, ...settings }, undefined, 2)}\n`;
  if (!existsSync(path)) await filesOf().write(path, new TextEncoder().encode(text));
  else if (readFileSync(path, 'utf8') !== text)
    throw new AdapterFusionError('RESUME_REFUSED', {
      at: path,
      expected: 'the settings, the backend and the encoder with which it was begun',
      got: 'others',
      fix: 'Choose another folder with --out.',
    });
}

/** SHA-256 of the weights of an encoder in a folder or an npm package: a name stays when weights change. */
function weightsHash(model: string): string {
  try {
    const folder = existsSync(model) ? model : dirname(createRequire(import.meta.url).resolve(`${model}/package.json`));
    return createHash('sha256')
      .update(readFileSync(join(folder, 'model.safetensors')))
      .digest('hex');
  } catch (cause) {
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      ...{ at: model, expected: 'a folder or an npm package with model.safetensors', got: 'none', cause },
      fix: 'Name an encoder with --model.',
    });
  }
}

/** Lines of JSON that outlive an interruption: what is written is not done again. */
export class Ledger<Row> {
  readonly rows: Row[];
  readonly #path: string;

  /** A last line that a kill cut short is dropped. @throws FILE_CORRUPT for any other line that is no JSON */
  constructor(path: string) {
    this.#path = path;
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    this.rows = whole
      .split('\n')
      .flatMap((line, index) => (line === '' ? [] : [parse<Row>(line, `${path}:${index + 1}`)]));
  }

  /** @throws FILE_WRITE_FAILED */
  async append(row: Row): Promise<void> {
    await filesOf().append!(this.#path, new TextEncoder().encode(`${JSON.stringify(row)}\n`));
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
