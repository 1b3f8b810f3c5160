import { AdapterFusionError } from '@adapterfusion/contracts';
import { yieldToEventLoop } from '@adapterfusion/training';

/**
 * Between two pieces of work: lets signals and rendering get their chance.
 * @param at what is being done, for the message
 * @throws ABORTED when the signal is raised
 */
export async function pause(signal: AbortSignal | undefined, at: string): Promise<void> {
  await yieldToEventLoop();
  if (!signal?.aborted) return;
  throw new AdapterFusionError('ABORTED', {
    at,
    expected: 'to go on to the end',
    got: 'the signal to stop',
    fix: 'Start again.',
  });
}
