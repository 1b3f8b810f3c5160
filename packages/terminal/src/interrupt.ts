import { isAbort } from './errors.js';
import type { Output } from './output.js';

/**
 * Does work that Ctrl-C ends: the first raises the signal, the second ends the process.
 * @param again what to say when the work was ended before it gave a result: how to start it again
 * @param work returns the exit code, 0 where it returns nothing
 * @returns the exit code, 130 where the work was ended
 */
export async function interruptible(
  output: Output,
  again: string,
  work: (signal: AbortSignal) => Promise<number | void>,
): Promise<number> {
  const controller = new AbortController();
  const interrupt = (): void => {
    controller.abort();
    output.note('Stopping as soon as this step is done; Ctrl-C again stops at once.');
  };
  process.once('SIGINT', interrupt);
  try {
    return (await work(controller.signal)) ?? 0;
  } catch (error) {
    if (!controller.signal.aborted || !isAbort(error)) throw error;
    output.note(`Interrupted. ${output.given ? 'What is named above is saved.' : again}`);
    return 130;
  } finally {
    output.end();
    process.removeListener('SIGINT', interrupt);
  }
}
