import {
  identityOf,
  type Backbone,
  type AnyConfigured,
  type Head,
  type HostBatch,
  type HostTargets,
  type Params,
  type Tensor,
  type TrainMode,
} from '@adapterfusion/contracts';
import { clone, gradients, scope } from '@adapterfusion/tensor';
import { upload } from './batch.js';
import { branchesOf, rowGroupOf } from './branch-block.js';
import { checkComposition, childName, type Composition } from './composition.js';
import { checkFit, lookUp, sharedSites } from './fit.js';
import type { HeadTask, RegisteredAdapter, RegisteredFusion, RegisteredHead } from './registered.js';
import type { LossOptions } from './loss-options.js';
import { forward, Pass, type ForwardOptions, type Hidden, type PassInput } from './forward.js';
import { ParameterSet, type Values } from './parameters.js';
import { penaltyGradients } from './penalty.js';
import { scalarLoss } from './scalar-loss.js';
import { PreparedCache } from './prepared-cache.js';
import { checkFree } from './free-name.js';
import { lowestLayer, reachedBy } from './reached.js';
import { adapterSites } from './adapter-sites.js';
import { adopt, initialise, randomOf, type Source } from './initialise.js';
import type { Parts } from './pass-state.js';

/**
 * A backbone with adapters, fusions and heads on it, and a composition of its own, which a pass uses that names no other. Owns all parameters; frees them
 * with {@link Model.dispose}.
 */
export class Model {
  readonly backbone: Backbone;
  readonly parameters = new ParameterSet();
  readonly adapters = new Map<string, RegisteredAdapter>();
  readonly fusions = new Map<string, RegisteredFusion>();
  readonly heads = new Map<string, RegisteredHead>();
  readonly #encoder: Params;
  readonly #prepared = new PreparedCache();
  #composition: Composition | undefined;
  #checked = new WeakMap<object, Composition>();

  /** @param encoder the backbone's parameters by path; the model takes them over */
  constructor(backbone: Backbone, encoder: Params) {
    this.backbone = backbone;
    this.#encoder = this.parameters.add('', encoder);
  }

  /** The model's own composition; none means the bare encoder. */
  get composition(): Composition | undefined {
    return this.#composition;
  }

  /**
   * Adds an adapter.
   * @param source a seed for new parameters, or stored values by `site/parameter`
   * @throws NAME_INVALID when the name is taken; TENSORS_INVALID when stored values do not fit; SITE_UNSUPPORTED when the
   * backbone has no site for the method
   */
  addAdapter(name: string, configured: AnyConfigured<'adapter'>, source: Source): void {
    checkFree(name, 'adapter', this.adapters);
    const instance = configured.create({ hidden: this.backbone.hidden, layers: this.backbone.layers });
    const sites = adapterSites(name, configured, instance, this.backbone);
    const added = initialise(this.parameters, `adapters/${name}`, sites, source, {
      plugin: identityOf(configured.plugin),
      init: (site, random) => instance.init(site, random),
      shared: instance.initShared && ((scope, random) => instance.initShared!(scope, random)),
    });
    this.adapters.set(name, { configured, instance, sites: added });
  }

  /**
   * Adds a fusion layer for a fuse block of a composition.
   * @throws as {@link addAdapter}; COMPOSITION_INVALID when its children share no site
   */
  addFusion(configured: AnyConfigured<'fusion'>, node: Extract<Composition, { type: 'fuse' }>, source: Source): void {
    checkFree(node.fusion, 'fusion', this.fusions);
    const sites = sharedSites(this, node);
    const instance = configured.create({ attentionDropout: this.backbone.attentionDropout });
    const count = node.children.length;
    const added = initialise(this.parameters, `fusions/${node.fusion}`, sites, source, {
      plugin: identityOf(configured.plugin),
      init: (site, random) => instance.init(site, count, random),
      shared: instance.initShared && ((scope, random) => instance.initShared!(scope, count, random)),
    });
    this.fusions.set(node.fusion, { configured, instance, sites: added, children: node.children.map(childName) });
  }

  /**
   * Adds a head. @param labels the task's label names in order, none where it has none
   * @param task its kind of task; by default the first that the head supports  @throws as {@link addAdapter}
   */
  addHead(
    name: string,
    configured: AnyConfigured<'head'>,
    labels: readonly string[],
    source: Source,
    task: HeadTask = { plugin: configured.plugin.supports.tasks[0]!, options: {} },
  ): void {
    checkFree(name, 'head', this.heads);
    const { hidden, headDropout: dropout } = this.backbone;
    const instance = configured.create({ hidden, labels: labels.length, dropout });
    const fresh = instance.init(randomOf(source, `heads/${name}`));
    const params = adopt(this.parameters, `heads/${name}`, fresh, source);
    this.heads.set(name, { configured, instance, params, labels, task });
  }

  /** Removes a part that the composition does not use, and frees its parameters. */
  remove(kind: 'adapters' | 'fusions' | 'heads', name: string): void {
    this[kind].delete(name);
    this.#checked = new WeakMap();
    this.parameters.remove(`${kind}/${name}`);
  }

  /**
   * Sets the model's own composition.
   * @throws COMPOSITION_INVALID for illegal nesting, an unknown adapter or fusion, children without a common site
   */
  compose(value: unknown): void {
    this.#prepared.dispose();
    this.#checked = new WeakMap();
    this.#composition = value === undefined ? undefined : this.#fitting(value);
  }

  /** Hidden states, and what else was asked for, the caller's. @throws COMPOSITION_INVALID for options that do not fit */
  forward(batch: HostBatch, options: ForwardOptions = {}): Hidden {
    return forward({ ...this.#pass(options), options }, batch);
  }

  /** A head's outputs, `[inputs, outputs]` or `[inputs, time, outputs]`, in evaluation mode, the caller's. @throws COMPOSITION_INVALID for an unknown head */
  logits(
    batch: HostBatch,
    options: { head: string } & Omit<ForwardOptions, 'train' | 'attention' | 'tokensUsed'>,
  ): Tensor {
    return this.classify(batch, options).logits;
  }

  /** As {@link logits}, with the fusions' attention when it is asked for; all tensors are the caller's. */
  classify(
    batch: HostBatch,
    options: { head: string } & Omit<ForwardOptions, 'train' | 'tokensUsed'>,
  ): { logits: Tensor; attention: Hidden['attention'] } {
    let attention: Hidden['attention'] = [];
    const logits = scope(() => {
      const reached = this.forward(batch, { ...options, ...this.#tokensUsed(options.head) });
      attention = reached.attention;
      return this.#headOutputs(options.head, reached);
    });
    return { logits, attention };
  }

  /** Rows that a pass needs together, in their order, for a batch-split block; undefined where any may go together. */
  rowGroup(composition?: Composition): number | undefined {
    return rowGroupOf(this.#composed(composition));
  }

  /** A head's features of hidden states, `[inputs, hidden]`, or for a head that does not pool `[inputs, time, hidden]`; the caller's. */
  features(head: Head, { hidden, mask }: Pick<Hidden, 'hidden' | 'mask'>, train?: TrainMode): Tensor {
    const pooled = (): Tensor | undefined => {
      if (head.readsPooler) return this.backbone.pool?.(this.#encoder, hidden);
      throw new TypeError('a head that reads the pooler has readsPooler: true');
    };
    return scope(() => head.pool?.({ hidden, mask, pooled, ...(train ? { train } : {}) }) ?? clone(hidden));
  }

  /** Paths of the encoder's parameters that a head's answers depend on, the pooler's where it reads it. @throws COMPOSITION_INVALID for an unknown head */
  encoderPaths(head: string): string[] {
    const { readsPooler = false } = this.#head(head).instance;
    return this.backbone.parameters.flatMap(({ path, fingerprint }) =>
      this.parameters.has(path) && (fingerprint || readsPooler) ? [path] : [],
    );
  }

  /**
   * Loss and gradients of the trainable parameters that it reaches, on one micro-batch. What lies below the first of them
   * is computed outside the tape.
   * @returns tensors that the caller owns; the loss is the mean over rows, without penalty
   */
  lossAndGradients(
    batch: HostBatch,
    targets: HostTargets,
    options: LossOptions,
  ): { loss: Tensor; gradients: Map<string, Tensor> } {
    const { head, weights, activations, ...run } = options;
    const composition = this.#composed(options.composition);
    const trainable = reachedBy(this.parameters.trainable(), this.backbone, composition, options);
    return scope(() => {
      const from = activations ? { from: { layer: this.frozenLayers(composition), hidden: activations } } : {};
      const tokens = upload(batch);
      const pass = new Pass({
        ...this.#pass(options),
        tokens,
        options: { ...run, ...this.#tokensUsed(head) },
        ...from,
      });
      const first = lowestLayer(trainable.keys(), this.backbone);
      if (first !== undefined) pass.advance(first);
      const { value: loss, gradients: found } = gradients(() => {
        const outputs = this.#headOutputs(head, pass.finish(), run.train);
        return scalarLoss(this.#head(head), outputs, targets, weights);
      }, trainable);
      return { loss, gradients: found };
    });
  }

  /** How many layers lie below everything that trains; 0 where the encoder does, and where rows have several branches. */
  frozenLayers(composition?: Composition): number {
    if (branchesOf(this.#composed(composition)) > 1) return 0;
    return lowestLayer(this.parameters.trainable().keys(), this.backbone) ?? 0;
  }

  /**
   * What the layers below everything that trains make of a batch in evaluation.
   * @returns `[inputs, time, hidden]`, or `[inputs, 1, hidden]` where they are all and the head reads the first token; the caller's
   * @throws COMPOSITION_INVALID for an unknown head
   */
  activations(batch: HostBatch, { head, composition }: { head: string } & Pick<ForwardOptions, 'composition'>): Tensor {
    return scope(() => {
      const pass = new Pass({ ...this.#pass({ composition }), tokens: upload(batch), options: this.#tokensUsed(head) });
      pass.advance(this.frozenLayers(composition));
      return clone(pass.hidden!);
    });
  }

  /** The penalty of the adapters and fusions that train with its gradients, the caller's; undefined where there is none. */
  penaltyGradients(): { penalty: Tensor; gradients: Map<string, Tensor> } | undefined {
    return penaltyGradients(this, this.parameters.trainable());
  }

  /** Stored values of an adapter, fusion or head, by path below its own. */
  values(kind: 'adapters' | 'fusions' | 'heads', name: string): Promise<Map<string, Values>> {
    return this.parameters.values(`${kind}/${name}`);
  }

  /** Frees every tensor of the model. */
  dispose(): void {
    this.#prepared.dispose();
    this.parameters.dispose();
  }

  #pass(given: Pick<ForwardOptions, 'composition'>): Pick<PassInput, 'parts' | 'backbone' | 'encoder' | 'composition'> {
    this.#prepared.refresh(this.parameters.version);
    const composition = this.#composed(given.composition);
    return { parts: this.#parts(), backbone: this.backbone, encoder: this.#encoder, composition };
  }

  /** The composition of a pass, checked once. */
  #composed(given: Composition | undefined): Composition | undefined {
    if (given === undefined) return this.#composition;
    if (typeof given === 'string') return this.#fitting(given);
    const known = this.#checked.get(given) ?? this.#fitting(given);
    this.#checked.set(given, known).set(known as object, known);
    return known;
  }

  #fitting(value: unknown): Composition {
    const composition = checkComposition(value);
    checkFit(this, composition);
    return composition;
  }

  #parts(): Parts {
    return {
      adapter: (name) => {
        const { instance, sites } = lookUp(name, 'adapter', this.adapters);
        return { adapter: instance, params: sites };
      },
      fusion: (name) => {
        const { instance, sites, folded } = this.fusions.get(name)!;
        return { fusion: instance, params: sites, ...(folded ? { folded } : {}) };
      },
      prepared: (name, site, children, training) => this.#prepared.get(name, site, children, this, training),
    };
  }

  #head(name: string): RegisteredHead {
    return lookUp(name, 'head', this.heads);
  }

  #tokensUsed(head: string): Pick<ForwardOptions, 'tokensUsed'> {
    const { tokensUsed } = this.#head(head).instance;
    return tokensUsed ? { tokensUsed } : {};
  }

  #headOutputs(name: string, reached: Pick<Hidden, 'hidden' | 'mask'>, train?: TrainMode): Tensor {
    const { instance, params } = this.#head(name);
    // Of several heads each has random masks of its own; a single one keeps those that it always had.
    const own = train && this.heads.size > 1 ? { ...train, under: `heads/${name}` } : train;
    return instance.forward(params, this.features(instance, reached, own), own);
  }
}
