import { AdapterFusionError } from '@adapterfusion/contracts';

/** @throws ABORTED once the signal is raised; what is written so far is kept */
export function stopWhereAsked(signal: AbortSignal): void {
  if (signal.aborted) throw stopped();
}

/** What ends a stage that was asked to stop. */
export function stopped(): AdapterFusionError {
  return new AdapterFusionError('ABORTED', {
    expected: 'to go on to the end',
    got: 'the signal to stop',
    fix: 'The same command goes on.',
  });
}
