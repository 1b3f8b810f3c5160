import { AdapterFusionError, nearest, type DatasetSource } from '@adapterfusion/contracts';

/**
 * Files that are in memory already, for browsers and tests.
 * @param files bytes by name; a single file under the name '' is a source that is a file itself
 * @param name how to call the source in messages
 */
export function memorySource(files: ReadonlyMap<string, Uint8Array>, name = 'memory'): DatasetSource {
  const describe = (file: string) => (file === '' ? name : `${name}/${file}`);
  return {
    list: () => Promise.resolve([...files.keys()].sort()),
    describe,
    read: (file) => {
      const bytes = files.get(file);
      if (bytes !== undefined) return Promise.resolve(bytes);
      const near = nearest(file, [...files.keys()]);
      return Promise.reject(
        new AdapterFusionError('FILE_NOT_FOUND', {
          at: describe(file),
          expected: 'a file',
          got: `the files ${[...files.keys()].join(', ') || '(none)'}`,
          fix: near === undefined ? 'Check the name.' : `Did you mean "${near}"?`,
        }),
      );
    },
  };
}
