import type {
  AdapterFusionError,
  ErrorCode,
  ErrorParts,
  ParameterGroup,
  ParameterReference,
  Phase,
} from '@adapterfusion/contracts';
import type { sha256 } from '@adapterfusion/checkpoint';
import type { planBatches } from '@adapterfusion/text';
import type { LoopTask, TrainLoopOptions } from './loop-options.js';
import type { PlannedTask } from './plan.js';
import type { RunIdentity } from './run-identity.js';
import type { lengthsOf } from './stored-rows.js';

/**
 * What this module calls. It is imported on demand, and imports nothing at run time itself: a bundler would move whatever it
 * shares with the loop into files of their own, which costs more than this module.
 */
export interface Tools {
  readonly lengthsOf: typeof lengthsOf;
  readonly planBatches: typeof planBatches;
  readonly sha256: typeof sha256;
  parameterAt(path: string): ParameterReference;
  error(code: ErrorCode, parts: ErrorParts): AdapterFusionError;
}

type Batches = readonly (readonly number[])[];

/** What a phase says beyond its settings, as the loop uses it. */
export interface PhaseExtras {
  readonly tasks: readonly LoopTask[];
  readonly planned: readonly PlannedTask[];
  /** By path, of the parameters that train. */
  readonly groups: ReadonlyMap<string, ParameterGroup>;
  /** Parts of the run's identity. */
  readonly identity: RunIdentity;
}

/**
 * Rows, batches, parameter groups and metric of a phase.
 * @param paths of the parameters that train
 * @throws PLUGIN_FAILED for rows of another task, places that are no rows of the task, batches that differ in number and numbers of a group that are
 * not finite or negative; OPTIONS_INVALID for a metric that the kind of a task lacks; UNSUPPORTED for batches of a task whose rows
 * are trained on in parts
 */
export async function phaseExtras(
  { phase, tasks: given }: TrainLoopOptions,
  paths: Iterable<string>,
  tools: Tools,
): Promise<PhaseExtras> {
  const strange = Object.keys(phase.rows ?? {}).find((name) => given.every(({ head }) => head !== name));
  if (strange !== undefined) throw failed(tools, `${phase.name}.rows`, 'names of tasks of the phase', strange);
  const tasks = given.map((task) => withMetric(phase, withPlaces(phase, task, tools), tools));
  const planned = tasks.map((task) => plannedTask(phase, task, tasks, tools));
  const groups = groupsOf(phase, paths, tools);
  const identity: Record<string, string> = {};
  const hash = async (value: unknown): Promise<string> => tools.sha256(JSON.stringify(value));
  if (tasks.some(({ places }) => places)) identity['places'] = await hash(tasks.map(({ places }) => places ?? 'all'));
  if (phase.batches) identity['batches'] = await hash(tasks.map(({ head }) => phase.batches!(1, head)));
  if (groups.size > 0) identity['parameter groups'] = await hash([...groups].sort());
  if (phase.loss) identity['loss'] = 'of the trainer';
  if (phase.schedule) identity['schedule'] = 'of the trainer';
  return { tasks, planned, groups, identity };
}

function withPlaces({ name, rows }: Phase, task: LoopTask, tools: Tools): LoopTask {
  const { head, places } = task;
  const chosen = rows?.[head];
  if (!chosen) return task;
  const known = new Set(chosen);
  const at = `${name}.rows`;
  checkPlaces(at, chosen, task, tools);
  if (known.size !== chosen.length) throw failed(tools, at, 'places that occur once each', 'one that occurs twice');
  return { ...task, places: places?.filter((place) => known.has(place)) ?? chosen };
}

function checkPlaces(at: string, places: readonly number[], { rows }: LoopTask, tools: Tools): void {
  const wrong = places.find((place) => !(Number.isInteger(place) && place >= 0 && place < rows.length));
  if (wrong !== undefined) throw failed(tools, at, `places from 0 to ${rows.length - 1}`, String(wrong));
}

function withMetric({ name, metric }: Phase, task: LoopTask, { error }: Tools): LoopTask {
  if (metric === undefined) return task;
  const known = task.kind.metrics.map((each) => each.name);
  if (known.includes(metric)) return { ...task, metrics: [...new Set([metric, ...task.metrics])] };
  throw error('OPTIONS_INVALID', {
    at: `${name}.metric`,
    expected: `a metric of the task ${task.head}: ${known.join(', ')}`,
    got: JSON.stringify(metric),
    fix: 'Choose one of them.',
  });
}

function plannedTask(phase: Phase, task: LoopTask, tasks: readonly LoopTask[], tools: Tools): PlannedTask {
  const { head: name, rows, places } = task;
  const all = tools.lengthsOf(rows);
  const lengths = places?.map((place) => all[place]!) ?? all;
  if (phase.batches) return { name, lengths, batches: ownBatches(phase, task, tasks, tools) };
  if (!places) return { name, lengths };
  const { batchSize, batching } = phase.settings;
  const batches = (epoch: number, seed: number): Batches =>
    tools
      .planBatches(lengths, { batchSize, seed, epoch, batching })
      .map((batch) => batch.map((index) => places[index]!));
  return { name, lengths, batches };
}

/** The batches that a trainer forms, checked whenever an epoch begins. */
function ownBatches(
  phase: Phase,
  task: LoopTask,
  tasks: readonly LoopTask[],
  tools: Tools,
): (epoch: number) => Batches {
  const at = `${phase.name}.batches`;
  if (tasks.filter(({ head }) => head === task.head).length > 1)
    throw tools.error('UNSUPPORTED', {
      at,
      expected: 'a task that is trained on in one part',
      got: 'parts with adapters that have not seen their rows',
      fix: 'Give no adapter that was trained on the rows of this task.',
    });
  const first = phase.batches!(1, task.head).length;
  const known = task.places && new Set(task.places);
  return (epoch) => {
    const batches = phase.batches!(epoch + 1, task.head);
    if (batches.length !== first || first === 0)
      throw failed(tools, at, 'as many micro-batches in every epoch, at least one', `${batches.length} after ${first}`);
    for (const batch of batches) {
      checkPlaces(at, batch.length > 0 ? batch : [NaN], task, tools);
      const strange = known && batch.find((place) => !known.has(place));
      if (strange !== undefined) throw failed(tools, at, 'places among the rows of the phase', String(strange));
    }
    return batches;
  };
}

function groupsOf(phase: Phase, paths: Iterable<string>, tools: Tools): Map<string, ParameterGroup> {
  const groups = new Map<string, ParameterGroup>();
  for (const path of phase.groups ? paths : []) {
    const group = phase.groups!(tools.parameterAt(path));
    if (!group) continue;
    const { learningRate = 1, weightDecay = 0 } = group;
    const wrong = [learningRate, weightDecay].find((number) => !(Number.isFinite(number) && number >= 0));
    const at = `${phase.name}.groups, ${path}`;
    if (wrong !== undefined) throw failed(tools, at, 'finite numbers of at least 0', String(wrong));
    groups.set(path, group);
  }
  return groups;
}

function failed({ error }: Tools, at: string, expected: string, got: string): AdapterFusionError {
  return error('PLUGIN_FAILED', { at, expected, got, fix: 'Report it to the author of the trainer.' });
}
