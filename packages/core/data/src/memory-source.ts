import { AdapterFusionError, nearest, type DatasetSource } from '@adapterfusion/contracts';
import { fileBytes } from './file-bytes.js';

/**
 * Files that are in memory already, or that a browser handed over (`File` is a `Blob`), for pages and tests.
 * @param files by name, folders divided by `/`; a single file under the name '' is a source that is a file itself
 * @param name how to call the source in messages
 */
export function memorySource(files: ReadonlyMap<string, Uint8Array | Blob>, name = 'memory'): DatasetSource {
  const describe = (file: string) => (file === '' ? name : `${name}/${file}`);
  const find = (file: string): Uint8Array | Blob => {
    const found = files.get(file);
    if (found !== undefined) return found;
    const near = nearest(file, [...files.keys()]);
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: describe(file),
      expected: 'a file',
      got: `the files ${[...files.keys()].join(', ') || '(none)'}`,
      fix: near === undefined ? 'Check the name.' : `Did you mean "${near}"?`,
    });
  };
  return {
    async list(folder) {
      if (folder === undefined) return [...files.keys()].sort();
      const inside = [...files.keys()].filter((file) => file.startsWith(`${folder}/`));
      return [...new Set(inside.map((file) => file.slice(folder.length + 1).split('/')[0]!))].sort();
    },
    describe,
    async read(file) {
      const found = find(file);
      return found instanceof Uint8Array ? found : new Uint8Array(await found.arrayBuffer());
    },
    open: async (file) => fileBytes(find(file)),
  };
}
