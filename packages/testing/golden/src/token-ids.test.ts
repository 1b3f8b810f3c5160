import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Dataset, Split, TextExample } from '@adapterfusion/contracts';
import { nodeFiles } from '@adapterfusion/files-node';
import { fileSource, loadTokenizer } from '@adapterfusion/runtime';
import { createRegistry } from 'adapterfusion';
import { expect, it } from 'vitest';
import { lacks, shared } from './shared.js';

interface Expected {
  readonly rows: number;
  readonly sha256: string;
}
const fixture = new URL('../fixtures/token-ids.json', import.meta.url);
const expected = JSON.parse(readFileSync(fixture, 'utf8')) as Readonly<Record<string, Expected>>;
const lack = lacks('wasm', { shared: true });

/** From a row of a public data set, through its plugin, to token ids: single texts, pairs, numbers, choices. */
it.skipIf(lack).each(Object.entries(expected))(
  `token ids of 1,000 rows of %s are the Python tokenizer's${lack ? ` (skipped: ${lack})` : ''}`,
  async (name, { rows, sha256 }) => {
    const [task, split] = name.split(' ') as [string, Split];
    const files = nodeFiles();
    const tokenizer = await loadTokenizer(files, shared('models/all-MiniLM-L6-v2'));
    const dataset: Dataset<TextExample & { readonly choices?: readonly string[] }> = createRegistry()
      .configure('dataset', task)
      .create({});
    const hash = createHash('sha256');
    let read = 0;
    for await (const { text, pair, choices } of dataset.examples(split, fileSource(files, shared('data')))) {
      for (const second of choices ?? [pair]) {
        const { ids, types } = tokenizer.encode(text, second, { maxLength: 128 });
        hash.update(`${JSON.stringify([ids, types])}\n`);
      }
      if (++read === rows) break;
    }
    expect({ rows: read, sha256: hash.digest('hex') }).toEqual({ rows: 1000, sha256 });
  },
);
