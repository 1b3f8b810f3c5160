import { parseJsonObject, sha256 } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { count, metricsLine, RunView, type Output } from '@adapterfusion/terminal';
import { train, type RunEvent, type TrainOptions } from 'adapterfusion';
import { Results, type Cell, type Result } from './results.js';
import { optionsFor, type Changes, type Strategy } from './settings.js';

/** What is measured, and where results go. */
export interface Plan {
  /** Folder of the encoder. */
  readonly model: string;
  readonly dataDir: string;
  readonly out: string;
  readonly tasks: readonly string[];
  readonly strategies: readonly Strategy[];
  readonly seeds: readonly number[];
  readonly backend: NonNullable<TrainOptions['backend']>;
  /** What the user chose otherwise for a strategy and a task. */
  changes(strategy: Strategy, task: string): Changes;
}

/** What {@link measure} did. */
export interface Outcome {
  /** Of the plan, in its order, those measured before included. */
  readonly results: readonly Result[];
  readonly failed: readonly string[];
  readonly interrupted: boolean;
}

/**
 * Measures every cell of a plan that has no result yet, seed by seed, so that a plan cut short has seen every task. A cell
 * that fails is named and passed over; one that was interrupted goes on when the plan is started again.
 * @throws FILE_NOT_FOUND, OPTIONS_INVALID for the encoder; DATA_INVALID for a results file that is damaged
 */
export async function measure(plan: Plan, files: Files, output: Output, signal: AbortSignal): Promise<Outcome> {
  const { width, encoder } = await describeEncoder(plan.model, files);
  const known = await Results.open(files, plan.out);
  const found: Result[] = [];
  const failed: string[] = [];
  const cells = plan.seeds.flatMap((seed) =>
    plan.tasks.flatMap((task) => plan.strategies.map((strategy) => ({ strategy, task, seed }))),
  );
  for (const [index, { strategy, task, seed }] of cells.entries()) {
    const options = optionsFor(strategy, task, width, plan.changes(strategy, task));
    const cell: Cell = { strategy, task, seed, encoder, options };
    const before = known.of(cell);
    if (before) {
      found.push(before);
      continue;
    }
    const name = `${task}-${strategy}-${seed}`;
    output.note(`${index + 1} of ${cells.length}: ${name}`);
    try {
      const out = files.join(plan.out, 'runs', name);
      const { model, dataDir, backend } = plan;
      const run = train({
        ...{ ...options, model, dataDir, backend, data: task, strategy, out, files, signal, overwrite: true },
        settings: { ...options.settings, seed },
        // As the published figures of encoders are measured.
        headStart: 'random',
        // Measured once, at the end: nothing is chosen by the measured rows.
        validate: false,
        onWarning: output.warn,
        onProgress: output.stage,
      });
      const result = await follow(run, cell, output);
      if (!result) return { results: found, failed, interrupted: true };
      await known.add(result);
      await files.remove(out);
      found.push(result);
      output.result(result, [`${name}: ${metricsLine(result.metrics)}, ${count(Math.round(result.seconds))} s`]);
    } catch (error) {
      if (!AdapterFusionError.is(error) || error.code === 'ABORTED') throw error;
      const line = `${name}: ${error.code}: ${error.message}`;
      failed.push(line);
      output.warn(line);
    }
  }
  return { results: found, failed, interrupted: false };
}

/** The width of an encoder, and the hash of its weights. */
async function describeEncoder(model: string, files: Files): Promise<{ width: number; encoder: string }> {
  const at = files.join(model, 'config.json');
  const config = parseJsonObject(await files.read(at), 'FILE_CORRUPT', at, 'a JSON object', 'Fetch the file again.');
  const width = config['hidden_size'];
  if (typeof width !== 'number')
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `${at}: hidden_size`,
      expected: 'a number',
      got: JSON.stringify(width) ?? 'nothing',
      fix: 'Use the config.json that came with the model.',
    });
  return { width, encoder: await sha256(await files.read(files.join(model, 'model.safetensors'))) };
}

/** Shows a run. @returns its result, undefined when it was interrupted */
async function follow(run: AsyncIterable<RunEvent>, cell: Cell, output: Output): Promise<Result | undefined> {
  const view = new RunView(output);
  const rows = { train: 0, measured: 0 };
  let [trainable, seconds] = [0, 0];
  for await (const event of run) {
    if (event.type === 'saved') {
      const { metrics, stored } = event;
      return { ...cell, metrics, rows, trainable, stored, seconds };
    }
    if (event.type === 'table') continue;
    view.show(event);
    if (event.type === 'data') Object.assign(rows, { train: event.train, measured: event.measured.rows });
    if (event.type === 'start') trainable = event.trainable;
    if (event.type === 'done') seconds = event.seconds;
    if (event.type === 'done' && event.interrupted) return undefined;
  }
  return undefined;
}
