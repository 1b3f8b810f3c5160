import { RunView, type Output } from '@adapterfusion/terminal';
import type { RunEvent, SavedEvent, TableEvent } from 'adapterfusion';

/** What is left of a run when it is over. */
export interface Stage {
  /** One a step. */
  readonly losses: readonly number[];
  /** Parameters that were trained. */
  readonly trained: number;
  readonly saved: SavedEvent;
  readonly table?: TableEvent;
}

/** Shows a run to its end. @returns undefined where it was interrupted */
export async function follow(run: AsyncIterable<RunEvent>, output: Output): Promise<Stage | undefined> {
  const view = new RunView(output);
  const losses: number[] = [];
  let [trained, saved, table]: [number, SavedEvent?, TableEvent?] = [0];
  for await (const event of run) {
    if (event.type === 'saved') saved = event;
    else if (event.type === 'table') table = event;
    else view.show(event);
    if (event.type === 'saved' || event.type === 'table') output.event(event);
    if (event.type === 'start') trained = event.trainable;
    if (event.type === 'step') losses.push(event.loss);
  }
  return saved && { losses, trained, saved, ...(table ? { table } : {}) };
}
