import { AdapterFusionError, checkName, type AnyConfigured } from '@adapterfusion/contracts';
import { checkPlace, type Registry } from '@adapterfusion/runtime';
import { fusionAttention } from './attention-summary.js';
import { advise } from './advice.js';
import { compare } from './compare.js';
import type { RunEvent } from './events.js';
import { fitHeadTo, startsFitted } from './head-start.js';
import { openAdapters } from './open-adapters.js';
import type { TrainingOptions } from './options.js';
import { nameOf } from './names.js';
import { measure, runTrainer, wasInterrupted } from './run.js';
import { save } from './save.js';
import { addHead } from './task-head.js';
import { dataEvent, openTask } from './task.js';
import { filesOf } from './platform.js';
import { openSession } from './session.js';

/** Options of {@link fuse}. */
export interface FuseOptions extends TrainingOptions {
  /**
   * Adapters, each `place` or `name=place`; in this order they are fused. A place is the folder of a bundle, or one of
   * AdapterHub's; the name of an installed npm package; or a package's archive (`.tgz`).
   */
  readonly adapters: readonly string[];
  /** The fusion's method, for example `attention[dropout_prob=0]`. Default `attention`. */
  readonly fusion?: string;
  /**
   * How it is trained: `fusion`, or with options `fusion[adapters=tuned]`, the adapters too, `fusion[subset=4]`, so many
   * adapters in each step. Default `fusion`.
   */
  readonly strategy?: string;
  /** Name of the fusion and its head. Default: the task's. */
  readonly name?: string;
  /** The adapter that gives query, residual and the way out. Default: the last. */
  readonly lead?: string;
  /** Compare with simpler ways at the end. Default true. */
  readonly compare?: boolean;
  /** Accept adapters imported from another encoder. */
  readonly backboneUnverified?: boolean;
}

/**
 * Stage 2: learns for the target task how to mix trained adapters, encoder and adapters frozen, and writes the whole
 * set-up as a bundle. Ends with a table of simpler ways to do the task, measured on the same rows. Goes on after an
 * interruption as `train` does.
 * @returns events, at last `saved` and `table`
 * @throws every code that its inputs can have; NAME_INVALID for two adapters of one name
 */
export async function* fuse(options: FuseOptions): AsyncGenerator<RunEvent, void, void> {
  await checkPlace(filesOf(options.files), options.out, options.overwrite ?? false);
  const session = await openSession(options.model, options);
  const { model, registry } = session;
  try {
    const children = await openAdapters(session, options);
    if (children.length === 1)
      options.onWarning?.(`${children[0]}: a fusion of one adapter always weighs it with 1; name others beside it.`);
    const trainer = await fusionTrainer(registry, options);
    const task = await openTask(session, trainer, options);
    const name = checkName(options.name ?? nameOf(task.data.name), 'a fusion');
    const lead = options.lead ?? children[children.length - 1]!;
    const node = { type: 'fuse', fusion: name, lead, inputs: 'own', children } as const;
    const fusion = await registry.load('fusion', options.fusion ?? 'attention');
    model.addFusion(fusion, node, { seed: task.settings.seed });
    const head = addHead(session, name, task, options);
    model.compose(node);
    yield dataEvent(task);
    const fitted = startsFitted(options, task, head);
    if (fitted) await fitHeadTo(session, name, task, options);
    // The table's other ways are those of the adapters as they were given.
    const tunes = trainer.create({}).trains?.includes('adapter') ?? false;
    const given =
      tunes && options.compare !== false ? await model.parameters.values('adapters') : new Map<string, never>();
    for await (const event of runTrainer(session, new Map([[name, task]]), options)) {
      yield event;
      if (wasInterrupted(event)) return;
    }
    if (options.refitHead && head.linear) await fitHeadTo(session, name, task, options);
    const { metrics, rows } = await measure(session, task, name, options);
    yield await save(session, 'fusion', name, [{ name, task, metrics, rows }], options);
    if (options.compare === false) return;
    const attention = await fusionAttention(session, task.measured.rows, name, options.signal);
    const trained = model.parameters.count(
      (path) =>
        path.startsWith(`fusions/${name}/`) ||
        path.startsWith(`heads/${name}/`) ||
        (tunes && path.startsWith('adapters/')),
    );
    for (const [path, values] of given) model.parameters.set(`adapters/${path}`, values);
    const { ways, singles } = await compare(session, task, head, children, options);
    const table = [...ways, { way: 'fusion', name: 'fusion', metrics, trained } as const];
    const advice = advise(table, task, attention);
    const measured = { data: task.data.name, split: task.measured.split, rows };
    yield { type: 'table', ...measured, table, singles, attention, ...(advice === undefined ? {} : { advice }) };
  } finally {
    model.dispose();
  }
}

/** @throws OPTIONS_INVALID for a strategy that trains no fusion */
async function fusionTrainer(
  registry: Registry,
  { strategy = 'fusion' }: FuseOptions,
): Promise<AnyConfigured<'trainer'>> {
  const trainer = await registry.load('trainer', strategy);
  const { trains } = trainer.plugin.supports;
  if (trains.includes('fusion')) return trainer;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'strategy',
    expected: 'one that trains a fusion',
    got: `"${trainer.plugin.id}", which trains ${trains.join(' and ') || 'the head alone'}`,
    fix: 'Leave it away, or use "train".',
  });
}
