import { openBackend, type BackendName } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it stands beside the operations and is no part of what the package publishes
import { describeOperations } from '../../../../core/tensor/src/operations.spec.js';

/** What became of one test. */
export interface Outcome {
  readonly name: string;
  /** Empty when it passed. */
  readonly failure: string;
}

/** Runs the specification of the operations on a backend. */
async function run(backend: BackendName): Promise<Outcome[]> {
  const tests: [string, () => void | Promise<void>][] = [];
  const before: (() => void | Promise<void>)[] = [];
  describeOperations(
    {
      describe: (_, body) => body(),
      it: (name, body) => tests.push([name, body]),
      beforeAll: (body) => before.push(body),
    },
    backend,
    async () => {
      await openBackend(backend);
      // Otherwise small tensors that are not on the device yet are computed in JavaScript.
      if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
    },
  );
  for (const body of before) await body();
  const outcomes: Outcome[] = [];
  for (const [name, body] of tests) {
    const failure = await Promise.resolve()
      .then(body)
      .then(
        () => '',
        (error: unknown) => (error instanceof Error ? error.message : String(error)) || 'failed',
      );
    outcomes.push({ name, failure });
  }
  return outcomes;
}

Object.assign(globalThis, { run });
