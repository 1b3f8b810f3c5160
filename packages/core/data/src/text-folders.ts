import type { DatasetSource } from '@adapterfusion/contracts';
import type { Row } from './columns.js';
import { decodeText, type TextEncoding } from './decode.js';

/**
 * Texts that are a file each, in a folder for each label: rows with the columns `text` and `label`, by label, then by name.
 * @param folder the folder that holds those folders
 * @param labels names of the folders
 * @throws DATA_INVALID for an empty file or one that is not UTF-8
 */
export async function* readTextFolders(
  source: DatasetSource,
  folder: string,
  labels: readonly string[],
  encoding?: TextEncoding,
): AsyncGenerator<Row> {
  for (const label of labels) {
    const inner = folder === '' ? label : `${folder}/${label}`;
    for (const name of await source.list(inner)) {
      if (!name.endsWith('.txt')) continue;
      const at = source.describe(`${inner}/${name}`);
      yield { at, values: { text: decodeText(await source.read(`${inner}/${name}`), at, encoding), label } };
    }
  }
}
