import { checkName, type AnyConfigured } from '@adapterfusion/contracts';
import { checkPlace, formatMethod } from '@adapterfusion/runtime';
import { fusionAttention } from './attention-summary.js';
import { chooseFusion, fusionTrainer } from './choose-fusion.js';
import type { Method, RunEvent, TableRow } from './events.js';
import { fitHead, fitOptionsOf, setHead } from './fit-head.js';
import { startsFitted } from './head-start.js';
import { checkOptions } from './known-options.js';
import { nameOf } from './names.js';
import { openAdapters } from './open-adapters.js';
import type { TrainingOptions } from './options.js';
import { findOwn } from './own-adapter.js';
import { keepOwn } from './own-folds.js';
import { filesOf } from './platform.js';
import { checkWritable, measure, runFolder, runTrainer, wasInterrupted } from './run.js';
import { save } from './save.js';
import { openSession } from './session.js';
import { rowOf } from './table-row.js';
import { addHead } from './task-head.js';
import { dataEvent, openTask } from './task.js';
import { Workbench } from './workbench.js';

/** Options of {@link fuse}. */
export interface FuseOptions extends TrainingOptions {
  /**
   * Adapters, each `place` or `name=place`; in this order they are fused. A place is the folder of a bundle, or one of
   * AdapterHub's; the name of an installed npm package; or a package's archive (`.tgz`).
   */
  readonly adapters: readonly string[];
  /**
   * The fusion's method: a name with options where wanted, `attention[dropout_prob=0]`, or a configured plugin,
   * `attention({ dropout_prob: 0 })`, which need not be registered. `auto`, the default: below 128 training
   * rows what `compositionRule` says, from there on what cross-validation on the training rows selects; `attention` where
   * the head does not start fitted.
   */
  readonly fusion?: string | AnyConfigured<'fusion'>;
  /**
   * How it is trained: `fusion`, or with options `fusion[adapters=tuned]`, the adapters too, `fusion[subset=4]`, that many
   * adapters in each step. A name, or a configured plugin. Default `fusion`.
   */
  readonly strategy?: string | AnyConfigured<'trainer'>;
  /** Name of the fusion and its head. Default: the task's. */
  readonly name?: string;
  /** The adapter whose query, residual and sublayer the fusion uses. Default: the last. */
  readonly lead?: string;
  /**
   * Names of given adapters that were trained on rows of this task. They are trained again without the rows of each fold of
   * whatever is fitted to their outputs or selected by them, and, where the head starts fitted, trained on them. Default: those whose bundles record exactly these training rows.
   */
  readonly own?: readonly string[];
  /** Compare with the heads of the given adapters also where label names differ or are numbers. Default false. */
  readonly sameLabels?: boolean;
  /** Compare with other methods at the end; `linear`: only with those that train nothing in steps. Default true. */
  readonly compare?: boolean | 'linear';
  /**
   * A folder that keeps the measured rows' features of encoder and adapters, so that the next fusion of the same adapters on
   * these rows computes its table faster. Default: none.
   */
  readonly featureCache?: string;
  /** Put every method's answers to the measured rows into the table, for comparisons row by row. Default false. */
  readonly answers?: boolean;
  /** Accept adapters imported from another encoder. */
  readonly backboneUnverified?: boolean;
}

/**
 * Stage 2: mixes trained adapters for the target task, encoder and adapters frozen, and writes the whole set-up as a bundle.
 * Ends with a table of methods, all measured on the same rows. An interrupted run is resumed as `train` resumes it.
 * @returns events, at last `saved` and `table`
 * @throws every code that its inputs can have; NAME_INVALID for two adapters of one name
 */
export async function* fuse(options: FuseOptions): AsyncGenerator<RunEvent, void, void> {
  checkOptions(options, 'fuse');
  await checkPlace(filesOf(options.files), options.out, options.overwrite ?? false);
  const session = await openSession(options.model, options);
  const { model, registry } = session;
  try {
    const adapters = await openAdapters(session, options);
    const children = adapters.map((each) => each.name);
    if (children.length === 1)
      options.onWarning?.(`${children[0]}: a fusion of one adapter always weighs it with 1; add other adapters.`);
    const trainer = await fusionTrainer(registry, options);
    const tunes = trainer.create({}).trains?.includes('adapter') ?? false;
    const task = await openTask(session, trainer, options, methodOf(options.fusion));
    const name = checkName(options.name ?? nameOf(task.data.name), 'a fusion');
    const lead = options.lead ?? children[children.length - 1]!;
    const node = (fusion: string) => ({ type: 'fuse', fusion, lead, inputs: 'own', children }) as const;
    const head = addHead(session, name, task, options);
    const fitted = startsFitted(options, task, head);
    const classifies = task.data.singleLabel;
    const own = classifies ? findOwn(session, task, adapters, options.own, options) : [];
    const others = options.otherRows
      ? await (await import('./other-rows.js')).openOtherRows(session, task, options)
      : [];
    yield dataEvent(task);
    await checkWritable(session.files, runFolder(options.out));

    const bench = await Workbench.open({ session, task, head, adapters, own, others, node, options });
    const chosen = await chooseFusion(bench, trainer, fitted, options);
    model.addFusion(chosen.fusion, node(name), { seed: chosen.task.settings.seed });
    model.compose(node(name));
    const fit = async (): Promise<void> => {
      const { branches } = await bench.trainFeatures([node(name)]);
      const { kind } = task.data;
      const prior = bench.priors.mean ? { prior: bench.priors.mean } : {};
      const fitting = { ...fitOptionsOf(task.settings, kind, bench.rows), ...prior };
      const given = { rows: bench.rows, features: branches[0]! };
      setHead(model, name, await fitHead(head, kind, given, model.backbone.hidden, fitting));
    };
    if (fitted && chosen.fit) setHead(model, name, chosen.fit);
    else if (fitted) await fit();
    const learns = model.parameters.count((path) => path.startsWith(`fusions/${name}/`)) > 0;
    // The table's other methods are those of the adapters as they were given.
    const given = tunes ? await model.parameters.values('adapters') : new Map<string, never>();
    // Nothing is left to train where the head is fitted and all else is frozen, unless the strategy has options.
    if (learns || tunes || !fitted || formatMethod(options.strategy ?? '').includes('[')) {
      // Not as the paper trains, which a head that starts at random stands for; and linear fits take a sample of very many
      // rows, which an own adapter has hardly memorised.
      const cross = fitted && !tunes && bench.rows.length === task.train.length;
      const folds = cross ? await bench.folds() : undefined;
      const restore = folds && (await keepOwn(session, folds));
      for await (const event of runTrainer(session, new Map([[name, chosen.task]]), options, undefined, folds)) {
        yield event;
        if (wasInterrupted(event)) return;
      }
      restore?.();
    }
    if (options.refitHead && head.fit) await fit();
    const { metrics, rows, predictions } = await measure(session, chosen.task, name, options);
    const attention =
      options.compare === false ? undefined : await fusionAttention(session, task.measured.rows, name, options.signal);
    yield await save(session, 'fusion', name, [{ name, task: chosen.task, metrics, rows }], options);
    if (attention === undefined) return;
    const trained = model.parameters.count(
      (path) =>
        path.startsWith(`fusions/${name}/`) ||
        path.startsWith(`heads/${name}/`) ||
        (tunes && path.startsWith('adapters/')),
    );
    for (const [path, values] of given) model.parameters.set(`adapters/${path}`, values);
    const row = { group: 'adapters', method: tableMethod(chosen.fusion.plugin.id), name: chosen.name } as const;
    const saved: TableRow = { ...rowOf(task, row, { predictions, trained }, chosen.loss), saved: true };
    // Imported here, since a page that asks for no table does without.
    const { compareMethods } = await import('./table.js');
    yield await compareMethods(bench, saved, attention, options);
  } finally {
    model.dispose();
  }
}

/** What settings are chosen by. @param fusion as the option says it */
function methodOf(fusion: FuseOptions['fusion'] = 'auto'): string {
  if (typeof fusion !== 'string') return fusion.plugin.id;
  return fusion === 'auto' ? 'attention' : (/^[^[]+/.exec(fusion)?.[0] ?? fusion);
}

/** The method of the table that a fusion is. */
function tableMethod(id: string): Method {
  if (id === 'average' || id === 'scaling') return id;
  return ['attention', 'static', 'textbook'].includes(id) ? 'attention' : 'fusion';
}
