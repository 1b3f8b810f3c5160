import { count, metricsLine, onTrainingRows, RunView, tableLines, type Output } from '@adapterfusion/terminal';
import type { RunEvent, SavedEvent } from 'adapterfusion';
import { commandLine } from './shell.js';

/**
 * Shows a run.
 * @param next the command that uses what was saved; empty for none
 * @returns the exit code
 */
export async function follow(
  run: AsyncIterable<RunEvent>,
  output: Output,
  next: (saved: SavedEvent) => readonly string[],
): Promise<number> {
  const view = new RunView(output);
  for await (const event of run) {
    if (event.type === 'saved') {
      const trained = onTrainingRows(event.tasks.some(({ split }) => split === 'train'));
      const words = `${metricsLine(event.metrics)}${trained}, ${count(event.stored)} parameters`;
      const command = next(event);
      const use = command.length > 0 ? [`next: ${commandLine(command)}`] : [];
      output.result(event, [`saved ${event.path}: ${words}`, ...use]);
    } else if (event.type === 'table') output.result(event, tableLines(event));
    else view.show(event);
    if (event.type !== 'done' || !event.interrupted) continue;
    output.note(`To go on: ${commandLine(process.argv.slice(2))}`);
    return 130;
  }
  return 0;
}
