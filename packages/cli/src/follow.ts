import type { RunEvent, SavedEvent } from 'adapterfusion';
import type { Output } from './output.js';
import { Pace } from './pace.js';
import { commandLine } from './shell.js';
import { count, metricsLine, percent } from './table.js';
import { tableLines } from './table-lines.js';

/**
 * Shows a run.
 * @param next the command that uses what was saved
 * @returns the exit code
 */
export async function follow(
  run: AsyncIterable<RunEvent>,
  output: Output,
  next: (saved: SavedEvent) => readonly string[],
): Promise<number> {
  const pace = new Pace();
  for await (const event of run) {
    switch (event.type) {
      case 'saved': {
        const words = `${metricsLine(event.metrics)}, ${count(event.stored)} parameters`;
        output.result(event, [`saved ${event.path}: ${words}`, `next: ${commandLine(next(event))}`]);
        break;
      }
      case 'table':
        output.result(event, tableLines(event));
        break;
      case 'step': {
        output.event(event);
        const words = pace.add(event);
        output.progress(event.phase, event.step, event.steps, words);
        break;
      }
      default:
        output.event(event, lineOf(event));
    }
    if (event.type === 'start') output.progress(event.phase, event.resumedAt, event.steps);
    if (event.type !== 'done' || !event.interrupted) continue;
    output.note(`To go on: ${commandLine(process.argv.slice(2))}`);
    return 130;
  }
  return 0;
}

function lineOf(event: Exclude<RunEvent, { type: 'saved' | 'table' | 'step' }>): string | undefined {
  switch (event.type) {
    case 'data': {
      const validation = event.validation > 0 ? `${count(event.validation)} to validate on` : 'none to validate on';
      const of = event.train < event.available ? ` of ${count(event.available)}` : '';
      const rows = `${count(event.train)}${of} rows to train on, ${validation}`;
      return `${event.name}: ${rows}; labels ${event.labels.join(', ')}; the most frequent one is right in ${percent(event.majority)} %`;
    }
    case 'start': {
      const from = event.resumedAt > 0 ? `, going on after step ${count(event.resumedAt)}` : '';
      return `${event.phase}: ${count(event.steps)} steps, ${count(event.trainable)} parameters to train${from}`;
    }
    case 'evaluation':
      return `${event.phase} epoch ${event.epoch}: ${metricsLine(event.metrics)}${event.best ? ', the best so far' : ''}`;
    case 'checkpoint':
      return undefined;
    case 'done':
      return event.interrupted
        ? `Interrupted after step ${event.steps}; a checkpoint is saved.`
        : `${event.phase}: done after ${event.epochs} ${event.epochs === 1 ? 'epoch' : 'epochs'}, ${event.seconds.toFixed(1)} s${event.stoppedEarly ? ', stopped early' : ''}`;
  }
}
