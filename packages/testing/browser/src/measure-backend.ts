import { prove, type Proof } from 'adapterfusion';
import { nodeFiles } from '@adapterfusion/files-node';
import { measureGolden, type GoldenMeasure } from '@adapterfusion/golden';
import { backendLack, openBackend, type BackendName, type UnavailableReason } from '@adapterfusion/tensor';

/** What a backend computed, or why it is not here. */
export interface Measured {
  readonly lack?: UnavailableReason;
  readonly proof?: Proof;
  readonly golden?: GoldenMeasure | undefined;
}

/** Measures a backend in this process. @param golden the folder of the reference's tiny model, where it is */
async function measure(name: BackendName, golden: string | undefined): Promise<Measured> {
  const lack = await backendLack(name);
  if (lack) return { lack };
  await openBackend(name);
  return { proof: await prove(), golden: golden ? await measureGolden(nodeFiles(), golden) : undefined };
}

// A process of its own for each backend: started by parity.ts.
const [name, golden] = process.argv.slice(2);
process.send?.(await measure(name as BackendName, golden), () => process.exit());
