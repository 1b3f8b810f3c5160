import {
  AdapterFusionError,
  type SiteHook,
  type SiteHookInput,
  type Backbone,
  type HostBatch,
  type Params,
  type PassContext,
  type Site,
  type Tensor,
  type TokenBatch,
  type TrainMode,
} from '@adapterfusion/contracts';
import { clone, concat, dispose, gatherRows, intTensor, keep, scope, slice, tile } from '@adapterfusion/tensor';
import { reorder, upload } from './batch.js';
import { branchesOf } from './branch-block.js';
import { childName, nodesOf, type Composition } from './composition.js';
import type { Parts, PassState } from './pass-state.js';
import { AttentionExecutor } from './attention-executor.js';
import { SiteExecutor } from './site-executor.js';

/** Run-time choices: not part of the composition. */
export interface ForwardOptions {
  /** What acts in this pass instead of the model's own composition; `{ type: 'none' }` for the bare encoder. */
  readonly composition?: Composition | undefined;
  readonly train?: TrainMode;
  /** Layers, counted from 0, in which no adapter acts. */
  readonly skip?: readonly number[];
  /** Names of children that fusions leave out of their softmax; at a site with no other child the fusion does not act. */
  readonly mask?: readonly string[];
  /** One adapter a row instead of the composition; null for none. */
  readonly adapters?: readonly (string | null)[];
  /** Collect the fusions' attention. */
  readonly attention?: boolean;
  /** Collect what leaves every layer. */
  readonly hiddenStates?: boolean;
  /** `first`: of what the pass leads to only the first token is read; the last layer then computes that one where it can. */
  readonly tokensUsed?: 'first' | 'all';
}

/** A fusion's weights at a site. */
export interface FusionAttention {
  readonly fusion: string;
  readonly site: Site;
  /** Names of the children, in the order of the last axis. */
  readonly names: readonly string[];
  /** `[rows, time, children]` */
  readonly weights: Tensor;
}

/** Where a pass leads. Every tensor is the caller's. */
export interface Hidden {
  /**
   * `[rows, time, hidden]`, or `[rows, 1, hidden]` where only the first token is read; with a parallel block the branches one
   * after another along the rows.
   */
  readonly hidden: Tensor;
  /** `[rows, time]`, repeated like the rows. */
  readonly mask: Tensor;
  readonly attention: readonly FusionAttention[];
  /** What left each layer, `[rows, time, hidden]`; empty unless it was asked for. */
  readonly hiddenStates: readonly Tensor[];
}

/** Everything a pass runs through. */
export interface PassInput {
  readonly parts: Parts;
  readonly backbone: Backbone;
  readonly encoder: Params;
  readonly composition: Composition | undefined;
  readonly tokens: TokenBatch;
  readonly options: ForwardOptions;
  /** Begins at a layer with what the layers below made, `[rows, time, hidden]`, or `[rows, 1, hidden]` behind the last. */
  readonly from?: { readonly layer: number; readonly hidden: Tensor };
  /** Where attention is put when it is asked for. */
  readonly attention?: FusionAttention[];
  /** Where hidden states are put when they are asked for. */
  readonly hiddenStates?: Tensor[];
}

/** The layer of the embeddings' site. */
const EMBEDDINGS = -1;

/** One pass through the backbone that can stop at a layer, so that the rest is recorded on its own. */
export class Pass {
  readonly #input: PassInput;
  readonly #state: PassState;
  readonly #skipped: ReadonlySet<number>;
  readonly #branches: number;
  #copies = 1;
  #layer = 0;
  #hidden: Tensor | undefined;
  #mask: Tensor;

  constructor(input: PassInput) {
    this.#input = input;
    this.#state = passState(input.parts, input.composition, input.options, input.attention);
    this.#skipped = new Set(input.options.skip);
    this.#branches = branchesOf(input.composition);
    this.#mask = input.tokens.mask;
    this.#layer = input.from?.layer ?? 0;
    this.#hidden = input.from?.hidden;
  }

  /** Runs the layers before `until`; its tensors belong to the surrounding scope. */
  advance(until: number): void {
    const { backbone, encoder, composition, options } = this.#input;
    const given: PassContext = options.train ? { train: options.train } : {};
    let hidden = this.#hidden ?? this.#embed(given);
    for (; this.#layer < until; this.#layer++) {
      const layer = this.#layer;
      if (this.#touched(layer)) hidden = this.#replicate(hidden);
      const active = this.#skipped.has(layer) ? undefined : composition;
      const pass: PassContext = this.#readsFirst(layer, active) ? { ...given, tokensUsed: 'first' } : given;
      hidden = scope(() => {
        const masks = pass.tokensUsed ? [this.#mask, slice(this.#mask, 1, 0, 1)] : [this.#mask];
        return backbone.layer(layer, encoder, hidden, this.#mask, this.#hook(active, masks), pass);
      });
      if (options.hiddenStates) this.#input.hiddenStates?.push(keep(clone(hidden)));
    }
    this.#hidden = hidden;
  }

  #embed(given: PassContext): Tensor {
    const { backbone, encoder, composition, tokens } = this.#input;
    if (this.#touched(EMBEDDINGS)) this.#spread();
    return scope(() => backbone.embed(encoder, tokens, this.#hook(composition, [this.#mask]), given));
  }

  /** What acts at the sites. @param masks of all tokens, and where only the first is asked for, of it */
  #hook(active: Composition | undefined, masks: readonly Tensor[]): SiteHook {
    const act = (site: Site, call: SiteHookInput): Tensor => {
      const mask = masks.find(({ shape }) => shape[1] === call.y.shape[1])!;
      if (site.layer >= 0 || this.#copies === 1) return new SiteExecutor(site, this.#state).run(active, call, mask);
      const y = tile(call.y, [this.#copies, 1, 1]);
      return new SiteExecutor(site, this.#state).run(active, { x: y, y }, mask);
    };
    const attention: NonNullable<SiteHook['attention']> = (site, call) =>
      new AttentionExecutor(site, this.#state).run(active, call);
    return Object.assign(act, { attention });
  }

  /** What has left the layers that were run. */
  get hidden(): Tensor | undefined {
    return this.#hidden;
  }

  /** Runs what is left. @returns tensors that belong to the surrounding scope */
  finish(): { hidden: Tensor; mask: Tensor } {
    this.advance(this.#input.backbone.layers);
    return { hidden: this.#replicate(this.#hidden!), mask: this.#mask };
  }

  /** Whether a layer may leave all tokens but the first: it is the last, and nothing in it or after it asks for another. */
  #readsFirst(layer: number, composition: Composition | undefined): boolean {
    const { backbone, options, parts } = this.#input;
    if (layer < backbone.layers - 1 || options.tokensUsed !== 'first' || options.attention || options.hiddenStates)
      return false;
    return backbone.sites.every((site) => site.layer !== layer || isTokenwise(composition, site, parts));
  }

  /** Repeats the rows for the branches of a parallel block, once. */
  #replicate(hidden: Tensor): Tensor {
    if (this.#copies === this.#branches) return hidden;
    this.#spread();
    return tile(hidden, [this.#branches, 1, 1]);
  }

  #spread(): void {
    this.#copies = this.#branches;
    if (this.#branches > 1) this.#mask = tile(this.#mask, [this.#branches, 1]);
  }

  #touched(layer: number): boolean {
    const { backbone, composition } = this.#input;
    if (composition === undefined || this.#skipped.has(layer)) return false;
    return backbone.sites.some(
      (site) => site.layer === layer && new SiteExecutor(site, this.#state).present(composition),
    );
  }
}

/** Runs the backbone with a composition on a batch. @throws COMPOSITION_INVALID for run-time choices that do not fit */
export function forward(input: Omit<PassInput, 'tokens' | 'attention' | 'hiddenStates'>, batch: HostBatch): Hidden {
  const attention: FusionAttention[] = [];
  const hiddenStates: Tensor[] = [];
  try {
    const { hidden, mask } = scope(() => {
      const { order, composition } = perRow(input.options.adapters, input.composition, batch.shape[0]);
      const tokens = upload(order ? reorder(batch, order) : batch);
      const result = new Pass({ ...input, composition, tokens, attention, hiddenStates }).finish();
      if (!order) return result;
      const inverse = intTensor(
        Int32Array.from(order.keys(), (row) => order.indexOf(row)),
        [order.length],
      );
      hiddenStates.forEach((states, layer) => {
        hiddenStates[layer] = keep(gatherRows(states, inverse));
        states.dispose();
      });
      return { hidden: gatherRows(result.hidden, inverse), mask: gatherRows(result.mask, inverse) };
    });
    return { hidden, mask, attention, hiddenStates };
  } catch (error) {
    dispose([...attention.map(({ weights }) => weights), ...hiddenStates]);
    throw error;
  }
}

/** Whether all that acts at a site takes tokens one by one. */
function isTokenwise(composition: Composition | undefined, { name }: Site, parts: Parts): boolean {
  return nodesOf(composition ?? { type: 'none' }).every((node) => {
    if (typeof node === 'string') {
      const { adapter, params } = parts.adapter(node);
      return adapter.tokenwise === true || !params.has(name);
    }
    if (node.type !== 'fuse') return node.type !== 'split';
    const { fusion, params } = parts.fusion(node.fusion);
    return fusion.tokenwise === true || !params.has(name);
  });
}

function passState(
  parts: Parts,
  composition: Composition | undefined,
  options: ForwardOptions,
  attention: FusionAttention[] | undefined,
): PassState {
  return {
    parts,
    masked: checkMask(composition, options.mask ?? []),
    ...(options.train ? { train: options.train } : {}),
    ...(options.attention && attention
      ? {
          onWeights: (fusion, site, names, weights) =>
            void attention.push({ fusion, site, names, weights: keep(concat([weights], 0)) }),
        }
      : {}),
  };
}

/** @throws COMPOSITION_INVALID for a name that is no child of a fusion, and for a fusion of which none is left */
function checkMask(composition: Composition | undefined, mask: readonly string[]): ReadonlySet<string> {
  const masked = new Set(mask);
  const fuses = nodesOf(composition ?? { type: 'none' }).flatMap((node) =>
    typeof node !== 'string' && node.type === 'fuse'
      ? [{ fusion: node.fusion, names: node.children.map(childName) }]
      : [],
  );
  const fused = fuses.flatMap(({ names }) => names).filter((name) => name !== 'none');
  for (const name of masked)
    if (!fused.includes(name))
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'mask',
        expected: `children of a fusion: ${fused.join(', ') || 'there is none'}`,
        got: JSON.stringify(name),
        fix: 'Mask only adapters that are fused.',
      });
  for (const { fusion, names } of fuses)
    if (names.every((name) => masked.has(name)))
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: fusion,
        expected: 'a mask that leaves at least one child',
        got: `all of ${names.join(', ')} masked`,
        fix: 'Leave one of them unmasked, or skip the layers.',
      });
  return masked;
}

/** Rows sorted by adapter, so that each adapter sees one stretch of the batch. */
function perRow(
  adapters: readonly (string | null)[] | undefined,
  composition: Composition | undefined,
  rows: number,
): { order?: readonly number[]; composition: Composition | undefined } {
  if (!adapters) return { composition };
  if (adapters.length !== rows)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: 'adapters',
      expected: `one adapter or null for each of ${rows} rows`,
      got: `${adapters.length}`,
      fix: 'Name one a row.',
    });
  const names = [...new Set(adapters)];
  const order = names.flatMap((name) => adapters.flatMap((each, row) => (each === name ? [row] : [])));
  return {
    order,
    composition: {
      type: 'batch-split',
      children: names.map((name) => name ?? { type: 'none' }),
      sizes: names.map((name) => adapters.filter((each) => each === name).length),
    },
  };
}
