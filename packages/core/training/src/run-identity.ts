import { AdapterFusionError, type LoopSettings, type Tensor } from '@adapterfusion/contracts';
import { sha256 } from '@adapterfusion/checkpoint';
import type { LoopTask } from './loop-options.js';
import { areStored } from './stored-rows.js';
import type { TrainingRow } from './trainable-model.js';

/** What computes; a run goes on bit for bit only on the same. */
export interface BackendIdentity {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
}

/** Everything that a run's result is a function of, short enough to be written to each checkpoint. */
export interface RunIdentity {
  readonly [part: string]: string | number;
}

/** What {@link runIdentity} reads. */
export interface IdentityInput {
  readonly backend: BackendIdentity;
  readonly settings: LoopSettings;
  readonly tasks: readonly LoopTask[];
  readonly trainable: ReadonlyMap<string, Tensor>;
  readonly padId: number;
  readonly identity: string;
  /** Of what a phase says beyond its settings. */
  readonly extras?: RunIdentity | undefined;
}

/** The parts of a run by name: hashes of what is long, the rest as it is. */
export async function runIdentity(input: IdentityInput): Promise<RunIdentity> {
  const { backend, settings, tasks, trainable } = input;
  const own: Record<string, string> = {};
  for (const { head, rows, validation = [], kind, metrics, composition } of tasks) {
    const of = tasks.length > 1 ? ` of ${head}` : '';
    own[`rows${of}`] = areStored(rows) ? rows.identity : await hashOfRows(rows);
    own[`validation${of}`] = await hashOfRows(validation);
    own[`labels${of}`] = JSON.stringify(kind.labels);
    own[`metrics${of}`] = JSON.stringify(metrics);
    if (composition !== undefined) own[`composition${of}`] = JSON.stringify(composition);
  }
  const shapes = [...trainable].map(([path, { shape }]) => `${path} ${shape.join(',')}`);
  return {
    'backend.name': backend.name,
    'backend.version': backend.version,
    'backend.threads': backend.threads,
    ...settingsIdentity(settings),
    ...own,
    'trainable parameters': await sha256(shapes.sort().join('\n')),
    head: tasks.map(({ head }) => head).join(', '),
    padId: input.padId,
    model: input.identity,
    ...input.extras,
  };
}

/** The settings as parts of a run, `settings.seed` and so on. How often it is saved is none of them. */
export function settingsIdentity(settings: LoopSettings): RunIdentity {
  const parts = Object.entries(settings).filter(([key]) => key !== 'checkpointEvery');
  return Object.fromEntries(parts.map(([key, value]) => [`settings.${key}`, value as string | number]));
}

/**
 * Refuses to go on with a checkpoint that another run wrote.
 * @param at the checkpoint's path
 * @throws RESUME_REFUSED naming each part that differs
 */
export function checkSameRun(now: RunIdentity, then: RunIdentity, at: string): void {
  const parts = [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((part) => now[part] !== then[part]);
  if (parts.length === 0) return;
  const words = (run: RunIdentity) => parts.map((part) => `${part} = ${brief(run[part])}`).join('; ');
  throw new AdapterFusionError('RESUME_REFUSED', {
    at,
    expected: `the run that wrote this checkpoint: ${words(then)}`,
    got: words(now),
    fix: 'Use the same settings, remove the checkpoints, or use force.',
  });
}

function brief(value: string | number | undefined): string {
  if (value === undefined) return 'none';
  const text = String(value);
  return text.length > 40 ? `${text.slice(0, 12)}…` : text;
}

function hashOfRows(rows: readonly TrainingRow[]): Promise<string> {
  const inputs = rows.map(({ group }) => group);
  const targets = rows.map(({ target }) => bitsOf(target));
  const sizes = inputs.map((each, row) =>
    each.reduce((total, { ids }) => total + 1 + 2 * ids.length, 1 + targets[row]!.length),
  );
  const words = new Int32Array(sizes.reduce((total, size) => total + size, 0));
  let at = 0;
  const put = (values: ArrayLike<number>): void => {
    words.set(values, at);
    at += values.length;
  };
  rows.forEach((_, row) => {
    put(targets[row]!);
    put([inputs[row]!.length]);
    for (const { ids, types } of inputs[row]!) [[ids.length], ids, types].forEach(put);
  });
  return sha256(words);
}

/** The bits of a number, which may be no whole one; of any other target its JSON text. */
function bitsOf(target: unknown): Int32Array {
  if (typeof target === 'number') return new Int32Array(Float64Array.of(target).buffer);
  return Int32Array.from(new TextEncoder().encode(JSON.stringify(target)));
}
