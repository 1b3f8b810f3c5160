import { prove, type Proof } from 'adapterfusion';
import { measureGolden, type GoldenMeasure } from '@adapterfusion/golden';
import { openBackend, type BackendName } from '@adapterfusion/tensor';
// eslint-disable-next-line @nx/enforce-module-boundaries -- files in memory, as the tests of the API have them
import { MemoryFiles } from '../../../../adapterfusion/src/memory.spec.js';

/** Which backend, and files of the reference by path below the folder from which they are served. */
interface Request {
  readonly backend: BackendName;
  readonly golden?: { readonly from: string; readonly paths: readonly string[] };
}

/** Proves a backend in the page, as `doctor --prove` does in Node; compares it with the reference where that is given. */
async function run({ backend, golden }: Request): Promise<{ proof: Proof; golden: GoldenMeasure | undefined }> {
  await openBackend(backend);
  const proof = await prove();
  if (!golden) return { proof, golden: undefined };
  const files = new MemoryFiles();
  for (const path of golden.paths) {
    const response = await fetch(`${golden.from}${encodeURI(path)}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    files.set(`tiny/${path}`, new Uint8Array(await response.arrayBuffer()));
  }
  return { proof, golden: await measureGolden(files, 'tiny') };
}

Object.assign(globalThis, { run });
