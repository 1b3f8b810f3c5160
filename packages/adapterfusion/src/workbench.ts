import type { Head, HeadFit } from '@adapterfusion/contracts';
import type { Composition } from '@adapterfusion/model';
import { balancedWeights, targetsOf, type TrainingRow } from '@adapterfusion/training';
import { cachedFeatures } from './feature-cache.js';
import { features, type Features } from './features.js';
import { fitRows } from './head-start.js';
import { fitHead, fitOptionsOf, fittedAnswers, sizeOf } from './fit-head.js';
import type { Answers } from './majority.js';
import type { OpenAdapter } from './open-adapters.js';
import type { CommonOptions } from './options.js';
import type { OwnAdapter } from './own-adapter.js';
import { crossFittedFeatures, ownFolds, type OwnFolds } from './own-folds.js';
import type { Session } from './session.js';
import { sourcePriors, type SourcePriors } from './source-priors.js';
import { headFor } from './task-head.js';
import type { Task } from './task.js';
import { freeName } from './train-adapter.js';

/** What a workbench is opened for. */
export interface WorkbenchOptions {
  readonly session: Session;
  readonly task: Task;
  /** The head whose pooling all methods share. */
  readonly head: Head;
  readonly adapters: readonly OpenAdapter[];
  /** Those of them that were trained on the task's rows. */
  readonly own: readonly OwnAdapter[];
  /** Rows of others, with the task's classes. */
  readonly others?: readonly TrainingRow[];
  /** Makes the fusion block of the adapters. @param fusion its name */
  readonly node: (fusion: string) => Extract<Composition, { type: 'fuse' }>;
  readonly options: CommonOptions & { readonly featureCache?: string; readonly sameLabels?: boolean };
}

/**
 * What the methods of the table and the selection share: pooled features of the bare encoder, of each adapter and of their
 * average, from one parallel pass for each set of rows, computed when first asked for. Encoder and adapters are frozen.
 * Training rows are seen with the own adapter that has not seen them.
 */
export class Workbench {
  readonly given: WorkbenchOptions;
  readonly rows: readonly TrainingRow[];
  /** Their places among the task's training rows. */
  readonly indices: readonly number[];
  /** Class of each row; none where a target is not one label. */
  readonly labels: readonly number[];
  /** Weight of each class in log-losses; undefined where rows weigh the same. */
  readonly classWeights: readonly number[] | undefined;
  /** Cross-validated losses of trained fusions, by their names in the table; what selection has found. */
  readonly losses = new Map<string, number>();
  /**
   * The head that is fitted in closed form on features: the task's, or where that has none, its kind's default one with one
   * layer. Undefined where neither has a closed form.
   */
  readonly closedForm: Head | undefined;
  readonly #fits = new Map<number, HeadFit>();
  #priors: SourcePriors | undefined;
  #folds: Promise<OwnFolds | undefined> | undefined;
  #train: Promise<Features> | undefined;
  #measured: Promise<Features> | undefined;

  private constructor(given: WorkbenchOptions, rows: readonly TrainingRow[], indices: readonly number[]) {
    this.given = given;
    this.rows = rows;
    this.indices = indices;
    this.labels = given.task.data.singleLabel ? targetsOf<number>(rows) : [];
    const { settings, data } = given.task;
    if (settings.classWeights === 'balanced' && data.singleLabel)
      this.classWeights = balancedWeights(this.labels, data.labels.length);
    this.closedForm = closedFormOf(given);
  }

  /** Reads the rows that linear fits take. */
  static async open(given: WorkbenchOptions): Promise<Workbench> {
    const { rows, indices } = await fitRows(given.task);
    return new Workbench(given, rows, indices);
  }

  /** The own adapter without the rows of each fold; undefined where no given adapter is the task's own. */
  folds(): Promise<OwnFolds | undefined> {
    const { session, task, own, options } = this.given;
    this.#folds ??= ownFolds(session, task, this.rows, own, options);
    return this.#folds;
  }

  /** Features of the training rows; branches as {@link branchOf} numbers them. */
  train(): Promise<Features> {
    this.#train ??= this.#withAverage((compositions) => this.trainFeatures(compositions));
    return this.#train;
  }

  /** Features of the measured rows, of the same branches. */
  measured(): Promise<Features> {
    const { session, task, head, adapters, options } = this.given;
    const compute = (): Promise<Features> =>
      this.#withAverage((compositions) => features(session, task.measured.rows, head, compositions, options));
    const branches = 1 + adapters.length + (adapters.length > 0 ? 1 : 0);
    this.#measured ??= cachedFeatures(this.given, options.featureCache, branches, compute);
    return this.#measured;
  }

  /** Features of the training rows under other compositions. */
  async trainFeatures(compositions: readonly Composition[], head: Head = this.given.head): Promise<Features> {
    const { session, options } = this.given;
    return crossFittedFeatures(session, this.rows, head, compositions, await this.folds(), options);
  }

  /** The branch of the bare encoder, of an adapter by its name, or of the average. */
  branchOf(what: 'none' | 'average' | { readonly adapter: string }): number {
    const { adapters } = this.given;
    if (what === 'none') return 0;
    if (what === 'average') return 1 + adapters.length;
    return 1 + adapters.findIndex(({ name }) => name === what.adapter);
  }

  /** The heads of related adapters, where labels agree. */
  get priors(): SourcePriors {
    this.#priors ??= sourcePriors(this.given, this.given.options.sameLabels);
    return this.#priors;
  }

  /** The head that is fitted to the training rows' features of a branch, once; it may begin at the related adapters' heads. */
  async fit(branch: number): Promise<HeadFit> {
    const known = this.#fits.get(branch);
    if (known) return known;
    const { session, task, adapters } = this.given;
    const { kind } = task.data;
    const features = (await this.train()).branches[branch]!;
    const adapter = adapters[branch - 1]?.name;
    const prior = adapter === undefined ? this.priors.mean : this.priors.of.get(adapter);
    const near = branch > 0 && prior ? { prior } : {};
    const fitting = { ...fitOptionsOf(task.settings, kind, this.rows), ...near };
    const made = await fitHead(
      this.closedForm!,
      kind,
      { rows: this.rows, features },
      session.model.backbone.hidden,
      fitting,
    );
    this.#fits.set(branch, made);
    return made;
  }

  /** What that head answers on the measured rows. */
  async answers(branch: number): Promise<Answers> {
    const { session, task } = this.given;
    const fit = await this.fit(branch);
    const measured = { rows: task.measured.rows, features: (await this.measured()).branches[branch]! };
    const predictions = await fittedAnswers(
      this.closedForm!,
      fit,
      task.data.kind,
      measured,
      session.model.backbone.hidden,
    );
    return { predictions, trained: sizeOf(fit) };
  }

  /** Puts the average on the model for one pass. @param pass is given the compositions of all branches */
  async #withAverage(pass: (compositions: readonly Composition[]) => Promise<Features>): Promise<Features> {
    const { adapters, node, session } = this.given;
    const { model, registry } = session;
    // The own adapter is trained again before: its training must not see other fusions.
    await this.folds();
    const alone = [{ type: 'none' } as const, ...adapters.map(({ name }) => name)];
    if (adapters.length === 0) return pass(alone);
    const name = freeName([...model.fusions.keys()], 'average');
    model.addFusion(registry.configure('fusion', 'average'), node(name), { seed: 0 });
    try {
      return await pass([...alone, node(name)]);
    } finally {
      model.remove('fusions', name);
    }
  }
}

function closedFormOf({ session, task, head }: WorkbenchOptions): Head | undefined {
  const { data, train } = task;
  if (head.fit || !head.pool || !session.registry.has('head', data.kind.defaultHead)) return head.fit && head;
  const configured = headFor(session, data, undefined, { single: true, targets: () => targetsOf<number>(train) });
  const { hidden, headDropout: dropout } = session.model.backbone;
  const made = configured.create({ hidden, labels: data.labels.length, dropout });
  return made.fit && made;
}
