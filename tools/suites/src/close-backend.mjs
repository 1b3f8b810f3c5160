/**
 * Test files of a suite share the process and the modules that they import. This closes the backend that a file opened, so
 * that the next one finds none.
 */
import { afterAll } from 'vitest';

afterAll(async () => {
  // TensorFlow.js keeps its engine here; where nobody has loaded it there is nothing to close.
  if (!('_tfengine' in globalThis)) return;
  const { closeBackend } = await import('@adapterfusion/tensor');
  await closeBackend();
});
