import { RunView, type Output } from '@adapterfusion/terminal';
import { AdapterFusionError, type RunEvent, type SavedEvent, type TableEvent } from 'adapterfusion';

/** What is left of a run when it is over. */
export interface Stage {
  /** One a step. */
  readonly losses: readonly number[];
  /** Parameters that were trained. */
  readonly trained: number;
  readonly saved: SavedEvent;
  readonly table?: TableEvent;
}

/** Follows a run to its end. @param output where it is shown; nowhere by default @throws ABORTED and what the run throws */
export async function follow(run: AsyncIterable<RunEvent>, output?: Output): Promise<Stage> {
  const view = output && new RunView(output);
  const losses: number[] = [];
  let [trained, saved, table]: [number, SavedEvent?, TableEvent?] = [0];
  for await (const event of run) {
    if (event.type === 'saved') saved = event;
    else if (event.type === 'table') table = event;
    else view?.show(event);
    if (event.type === 'saved' || event.type === 'table') output?.event(event);
    if (event.type === 'start') trained = event.trainable;
    if (event.type === 'step') losses.push(event.loss);
  }
  if (saved) return { losses, trained, saved, ...(table ? { table } : {}) };
  throw new AdapterFusionError('ABORTED', {
    expected: 'to go on to the end',
    got: 'the signal to stop',
    fix: 'Start again.',
  });
}
