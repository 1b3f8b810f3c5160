import { AdapterFusionError, checkName, type AnyConfigured, type Head } from '@adapterfusion/contracts';
import { checkPlace, formatMethod } from '@adapterfusion/runtime';
import type { RunEvent } from './events.js';
import { fitHeadTo, startsFitted } from './head-start.js';
import { checkOptions } from './known-options.js';
import type { TrainingOptions } from './options.js';
import { registryOf } from './builtin-plugins.js';
import { measure, runTrainer, wasInterrupted } from './run.js';
import { checkPlaces, saveAdapters } from './save-adapters.js';
import { save, type Result, type Stage } from './save.js';
import { tasksOf, type TaskList } from './task-list.js';
import { addHead } from './task-head.js';
import { dataEvent, openTask, type Task } from './task.js';
import { filesOf } from './platform.js';
import { openSession } from './session.js';

/** Options of {@link train}. But for what reaches the platform and callbacks they are plain data. */
export interface TrainOptions extends Omit<TrainingOptions, 'data'> {
  /**
   * The task; for strategies of several tasks (`multi-task`, `mt-a`, `sequential`) a list of at least two, each a task's id,
   * a path, or `{ data, dataDir?, dataOptions?, name?, trainRows? }` where these differ from task to task.
   */
  readonly data: TaskList;
  /**
   * What trains beside the head. One task: `st-a`, an adapter; `head`, nothing; `full`, the whole encoder, which the bundle
   * then carries. Several: `multi-task`, one encoder; `mt-a`, an adapter each and the encoder, or with
   * `mt-a[encoder=frozen]` not; `sequential`, one encoder, the tasks one after another. A name,
   * or a configured plugin: `multiTaskAdapters({ encoder: 'frozen' })`. Default `st-a`.
   */
  readonly strategy?: string | AnyConfigured<'trainer'>;
  /**
   * The adapter's method, only where one trains: a name with options where wanted, `seq_bn[reduction_factor=16]`, or a
   * configured plugin, `seqBn({ reduction_factor: 16 })`, which need not be registered. Default `seq_bn`.
   */
  readonly adapter?: string | AnyConfigured<'adapter'>;
  /**
   * End with a table of methods that need no adapter, on the rows that the result is measured on: for one task with labels, or
   * whose head has a closed form, on a frozen encoder; elsewhere nothing. Default false; the command line's is true.
   */
  readonly compare?: boolean;
  /** Name of the bundle; of one task also of its adapter and head. Default: the task's, or the tasks' names joined by `-`. */
  readonly name?: string;
}

/**
 * Trains for one task, with an adapter on the frozen encoder (ST-A, stage 1), a head alone, or the whole encoder, or for
 * several tasks, and writes a bundle; `mt-a` writes one for every task's adapter, `out/TASK`, and at `out` one with the
 * encoder where it trains. A run that was killed or interrupted goes on when it is started again with the same options, and
 * ends with the same bytes.
 * @returns events, the last of type `saved`, or `table` with `compare`, unless the run was interrupted; metrics of several
 * tasks are `mean` and `task/metric`
 * @throws every code that its inputs can have; nothing half-written remains
 */
export async function* train(options: TrainOptions): AsyncGenerator<RunEvent, void, void> {
  checkOptions(options, 'train');
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const trainer = await registry.load('trainer', options.strategy ?? 'st-a');
  const { kind, ...parts } = partsOf(trainer, options);
  const adapter = parts.adapter === undefined ? undefined : await registry.load('adapter', parts.adapter);
  const given = tasksOf(options, trainer, options.name);
  const names = [...given.keys()];
  const name = checkName(options.name ?? names.join('-'), 'a bundle');
  // Adapters that are trained together are used one by one: each has a bundle of its own.
  const apart = names.length > 1 && adapter !== undefined;
  const withEncoder = kind === 'model';
  const replace = apart && (await checkPlaces(files, options, names, withEncoder));
  if (!apart) await checkPlace(files, options.out, options.overwrite ?? false);
  const session = await openSession(options.model, { ...options, registry });
  const { model } = session;
  try {
    const tasks = new Map<string, Task>();
    for (const [task, own] of given) {
      const opened = await openTask(session, trainer, own, adapter?.plugin.id);
      tasks.set(task, opened);
      if (adapter !== undefined) model.addAdapter(task, adapter, { seed: opened.settings.seed });
      addHead(session, task, opened, options);
      yield dataEvent(opened);
    }
    if (adapter !== undefined && !apart) model.compose(name);
    const [only] = tasks.values();
    const others =
      only && tasks.size === 1 && options.otherRows
        ? await (await import('./other-rows.js')).openOtherRows(session, only, options)
        : [];
    const composed = (task: string): { readonly composition?: string } => (apart ? { composition: task } : {});
    const run = { ...options, ...[...given.values()][0]! };
    const stages: Stage[] = [];
    for (const [task, opened] of tasks) {
      if (!startsFitted(options, opened, model.heads.get(task)!.instance)) continue;
      await fitHeadTo(session, task, opened, run, composed(task).composition);
    }
    for await (const event of runTrainer(session, tasks, run, composed)) {
      yield event;
      if (wasInterrupted(event)) return;
      if (event.type === 'stage') stages.push(event);
    }
    const results: Result[] = [];
    const answered: { readonly predictions: readonly unknown[] }[] = [];
    for (const [task, opened] of tasks) {
      const { composition } = composed(task);
      if (options.refitHead && model.heads.get(task)!.instance.fit)
        await fitHeadTo(session, task, opened, run, composition);
      const { metrics, rows, predictions } = await measure(session, opened, task, run, composition);
      results.push({ name: task, task: opened, metrics, rows });
      answered.push({ predictions });
    }
    if (apart) yield* saveAdapters(session, name, results, options, { replace, withEncoder });
    else yield await save(session, kind, name, results, options, stages);
    const [first] = results;
    const compared =
      first !== undefined && results.length === 1 && isCompared(first.task, model.heads.get(first.name)!);
    if (options.compare && compared && kind !== 'model') {
      // Imported here, since a page that asks for no table does without.
      const { compareOwn } = await import('./own-table.js');
      yield await compareOwn(session, first.name, first.task, answered[0]!, run, others);
    }
  } finally {
    model.dispose();
  }
}

/** Whether there are methods that train nothing in steps. */
const isCompared = ({ data }: Task, { instance }: { readonly instance: Head }): boolean =>
  data.singleLabel || instance.fit !== undefined;

/** What a strategy needs on the model, and what its bundle holds. */
function partsOf({ plugin, create }: AnyConfigured<'trainer'>, options: TrainOptions) {
  const trains = create({}).trains ?? plugin.supports.trains;
  const refuse = (at: string, expected: string, got: string, fix: string): AdapterFusionError =>
    new AdapterFusionError('OPTIONS_INVALID', { at, expected, got, fix });
  if (trains.includes('fusion'))
    throw refuse(
      'strategy',
      'one that trains without a fusion',
      `"${plugin.id}"`,
      'Fuse trained adapters with "fuse".',
    );
  const adapts = trains.includes('adapter');
  if (!adapts && options.adapter !== undefined)
    throw refuse(
      'adapter',
      `none, since the strategy "${plugin.id}" trains no adapter`,
      `"${formatMethod(options.adapter)}"`,
      'Leave it away, or choose the strategy "st-a".',
    );
  return {
    adapter: adapts ? (options.adapter ?? 'seq_bn') : undefined,
    kind: trains.includes('encoder') ? 'model' : adapts ? 'adapter' : 'head',
  } as const;
}
