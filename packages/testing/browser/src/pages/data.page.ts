import type { Example, Split } from '@adapterfusion/contracts';
import { collect, memorySource } from '@adapterfusion/data';
import { files, inferFiles } from '@adapterfusion/dataset-files';
import { rte } from '@adapterfusion/dataset-glue';

/** Files as a reader picks them: bytes in base64 by name. */
export interface Picked {
  readonly task: 'files' | 'rte';
  readonly contents: Readonly<Record<string, string>>;
}

/** What a dataset plugin makes of them: of each split how many rows, the first and the last; or why it refuses them. */
export type Read =
  Partial<Record<Split, { readonly rows: number; readonly first?: Example; readonly last?: Example }>> | string;

async function run({ task, contents }: Picked): Promise<Read> {
  const picked = Object.entries(contents).map(
    ([name, bytes]) => new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name),
  );
  const source = memorySource(new Map(picked.map((file) => [file.name, file])), 'page');
  try {
    const dataset = task === 'rte' ? rte().create({}) : files(await inferFiles(source)).create({});
    const found: Exclude<Read, string> = {};
    for (const split of await dataset.splits(source)) {
      const rows = await collect(dataset, split, source);
      found[split] = { rows: rows.length, first: rows[0]!, last: rows.at(-1)! };
    }
    return found;
  } catch (error) {
    return String(error);
  }
}

Object.assign(globalThis, { run });
