import { AdapterFusionError } from '@adapterfusion/contracts';
import type { Output } from '@adapterfusion/terminal';

/**
 * Does work whose error may have several causes, each of which is said on a line of its own.
 * @returns what the work returns; 1 where there were several
 */
export async function reportProblems(output: Output, work: () => Promise<number | void>): Promise<number | void> {
  try {
    return await work();
  } catch (error) {
    const causes = AdapterFusionError.is(error) && error.cause instanceof AggregateError ? error.cause.errors : [];
    const known = causes.filter((cause) => AdapterFusionError.is(cause));
    if (known.length === 0) throw error;
    for (const { code, message } of known)
      output.event({ type: 'problem', code, message }, `problem ${code}: ${message}`);
    throw new AdapterFusionError('OPTIONS_INVALID', {
      ...((error as AdapterFusionError).at === undefined ? {} : { at: (error as AdapterFusionError).at! }),
      ...{ expected: 'an experiment that can be run', got: `the ${known.length} problems above` },
      fix: 'Mend them all; nothing was run.',
    });
  }
}
