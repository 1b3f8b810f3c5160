import {
  AdapterFusionError,
  type Child,
  type AdapterInput,
  type FoldedFactors,
  type Site,
  type SiteHookInput,
  type SiteContext,
  type Tensor,
} from '@adapterfusion/contracts';
import { add, clone, concat, keep, mul, slice, tensor } from '@adapterfusion/tensor';
import { childName, childrenOf, type Composition } from './composition.js';
import { childrenAt, isNone, leadOf, membersAt, type Fuse } from './fuse-children.js';
import { FOLDED, type PassState } from './pass-state.js';

/** The part of a site's tensors that a node works on. */
interface Part extends SiteHookInput {
  readonly h: Tensor;
  readonly mask: Tensor;
}

/** What a node made of its part, and how that goes on through the layer when the node is the last. */
interface Outcome {
  readonly h: Tensor;
  completeSublayer(h: Tensor): Tensor;
}

/** What a fusion mixes and what it needs of a child that leads. */
interface Contribution {
  readonly child: Child;
  readonly first?: AdapterInput;
  completeSublayer?(h: Tensor): Tensor;
}

/** Runs a composition at one site: pure, a function of its arguments. */
export class SiteExecutor {
  readonly #site: Site;
  readonly #pass: PassState;
  /** `norm(y + residual)` by `y`, shared by all that act on the same part; kept, for a plugin may ask inside a scope. */
  readonly #norms = new Map<Tensor, Tensor>();

  constructor(site: Site, pass: PassState) {
    this.#site = site;
    this.#pass = pass;
  }

  /** What goes on through the layer, `[batch, time, outDim]`. */
  run(root: Composition | undefined, call: SiteHookInput, mask: Tensor): Tensor {
    const part: Part = { ...call, h: call.y, mask };
    try {
      const outcome = root === undefined ? undefined : this.#node(root, part);
      const result = outcome ? outcome.completeSublayer(outcome.h) : plain(part, part.h);
      return [...this.#norms.values()].includes(result) ? clone(result) : result;
    } finally {
      for (const each of this.#norms.values()) each.dispose();
      this.#norms.clear();
    }
  }

  /** True where some adapter of the composition acts here that no mask leaves out. */
  present(node: Composition): boolean {
    if (typeof node === 'string') return this.#acts(node);
    if (node.type === 'fuse')
      return childrenAt(node, this.#site.name, this.#acts).some((child) => !this.#pass.masked.has(childName(child)));
    return childrenOf(node).some((child) => this.present(child));
  }

  readonly #acts = (adapter: string): boolean => this.#pass.parts.adapter(adapter).params.has(this.#site.name);

  /** @param fused whether the adapter is a child of a fusion: its own dropout is for single use */
  #context(name: string, part: Part, fused = false): SiteContext {
    const { x, y, h, residual, norm, mask } = part;
    return {
      site: this.#site,
      scopeName: `${name}/${this.#site.name}`,
      x,
      y,
      h,
      mask,
      ...(residual ? { residual } : {}),
      ...(norm ? { norm } : {}),
      batch: h.shape[0]!,
      time: h.shape[1]!,
      ...(this.#pass.train && !fused ? { train: this.#pass.train } : {}),
      normed: () => {
        const shared = this.#norms.get(y) ?? keep(plain(part, y));
        this.#norms.set(y, shared);
        return shared;
      },
    };
  }

  /** Undefined where nothing of the node acts at this site. */
  #node(node: Composition, part: Part): Outcome | undefined {
    if (!this.present(node)) return undefined;
    if (typeof node === 'string') return this.#adapter(node, part);
    switch (node.type) {
      case 'none':
        return undefined;
      case 'stack':
        return this.#stack(node.children, part);
      case 'fuse':
        return this.#fuse(node, part);
      case 'average':
        return this.#average(node.children, node.weights, part);
      case 'parallel': {
        const rows = part.h.shape[0]! / node.children.length;
        return this.#pieces(
          node.children,
          node.children.map(() => rows),
          0,
          'rows',
          part,
        );
      }
      case 'split':
        return this.#pieces(node.children, node.splits, 1, 'tokens', part);
      case 'batch-split':
        return this.#pieces(node.children, node.sizes, 0, 'rows', part);
    }
  }

  #adapter(name: string, part: Part): Outcome {
    const { adapter, params } = this.#pass.parts.adapter(name);
    const own = params.get(this.#site.name)!;
    if (own === FOLDED) throw refuseFolded(name, 'in a fusion', 'alone');
    const ctx = this.#context(`adapters/${name}`, part);
    const entered = adapter.prepareInput(own, ctx);
    const h = adapter.completeAdapter(own, ctx, entered, adapter.delta(own, entered.input, ctx));
    return { h, completeSublayer: (value) => adapter.completeSublayer(ctx, value) };
  }

  #stack(children: readonly Composition[], part: Part): Outcome | undefined {
    let last: Outcome | undefined;
    for (const child of children) last = this.#node(child, last ? { ...part, h: last.h } : part) ?? last;
    return last;
  }

  #average(children: readonly Composition[], weights: readonly number[] | undefined, part: Part): Outcome {
    const outcomes = children.flatMap((child, index) => {
      const outcome = this.#node(child, part);
      return outcome ? [{ outcome, weight: weights?.[index] ?? 1 }] : [];
    });
    const total = outcomes.reduce((sum, { weight }) => sum + weight, 0);
    const h = outcomes.map(({ outcome, weight }) => mul(outcome.h, weight / total)).reduce((a, b) => add(a, b));
    return { h, completeSublayer: (value) => outcomes[outcomes.length - 1]!.outcome.completeSublayer(value) };
  }

  /** Children that each take a stretch of one axis; a stretch without adapter goes on as it would alone. */
  #pieces(
    children: readonly Composition[],
    sizes: readonly number[],
    axis: 0 | 1,
    what: string,
    part: Part,
  ): Outcome | undefined {
    const width = part.h.shape[axis]!;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== width)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: this.#site.name,
        expected: `parts that add up to the ${width} ${what} there are`,
        got: `${sizes.join(' + ')} = ${total}`,
        fix: 'Change the sizes, or pad the batch to them.',
      });
    let start = 0;
    const pieces = children.flatMap((child, index) => {
      const size = sizes[index]!;
      if (size === 0) return [];
      const own = cut(part, axis, start, size);
      const piece = { start, size, own, outcome: this.#node(child, own) };
      start += size;
      return [piece];
    });
    return {
      h: concat(
        pieces.map(({ own, outcome }) => outcome?.h ?? own.h),
        axis,
      ),
      completeSublayer: (value) =>
        concat(
          pieces.map(({ start: from, size, own, outcome }) => {
            const mine = slice(value, axis, from, size);
            return outcome ? outcome.completeSublayer(mine) : plain(own, mine);
          }),
          axis,
        ),
    };
  }

  #fuse(node: Fuse, part: Part): Outcome | undefined {
    const { fusion, params, folded } = this.#pass.parts.fusion(node.fusion);
    if (folded && this.#pass.train) throw refuseFolded(node.fusion, 'in evaluation', 'in training');
    const children = childrenAt(node, this.#site.name, this.#acts);
    const factors = folded?.get(this.#site.name);
    const leading = leadOf(
      node,
      children.filter((child) => !isNone(child)),
    );
    const leader = this.#contribution(leading, part, factors);
    const shared = node.inputs === 'lead' ? leader.first!.input : undefined;
    const contributions = children.map((child) =>
      child === leading ? leader : this.#contribution(child, part, factors, shared),
    );
    const names = children.map(childName);
    const childMask = this.#mask(names);
    const prepared = this.#pass.parts.prepared(node.fusion, this.#site, children, this.#pass.train !== undefined);
    const { mixed, weights } = fusion.mix(
      params.get(this.#site.name)!,
      leader.first!.query,
      contributions.map(({ child }, at) => ({ ...child, index: node.children.indexOf(children[at]!) })),
      {
        site: this.#site,
        scopeName: `fusions/${node.fusion}/${this.#site.name}`,
        residual: leader.first!.residual,
        mask: part.mask,
        ...(childMask ? { childMask } : {}),
        ...(prepared ? { prepared } : {}),
        ...(this.#pass.train ? { train: this.#pass.train } : {}),
      },
    );
    this.#pass.onWeights?.(node.fusion, this.#site, names, weights);
    return { h: mixed, completeSublayer: leader.completeSublayer! };
  }

  #mask(names: readonly string[]): Tensor | undefined {
    const values = names.map((name) => (this.#pass.masked.has(name) ? 0 : 1));
    return values.every((value) => value === 1) ? undefined : tensor(values, [values.length]);
  }

  /** A stack contributes its last member's delta, and leads with its first member's query and residual. */
  #contribution(
    node: Composition,
    part: Part,
    folded?: ReadonlyMap<string, FoldedFactors>,
    shared?: Tensor,
  ): Contribution {
    if (isNone(node)) return { child: { name: 'none', zero: true, delta: () => mul(part.h, 0) } };
    const members = membersAt(node, this.#acts);
    let running = part;
    for (const member of members.slice(0, -1)) running = { ...running, h: this.#adapter(member, running).h };
    const last = members[members.length - 1]!;
    const { adapter, params } = this.#pass.parts.adapter(last);
    const own = params.get(this.#site.name)!;
    const ctx = this.#context(`adapters/${last}`, running, true);
    const entered = adapter.prepareInput(own, ctx);
    const input = members.length === 1 && shared ? shared : entered.input;
    const done = folded?.get(childName(node));
    const factors = done ? undefined : adapter.lowRank?.(own, this.#site);
    return {
      child: {
        name: childName(node),
        delta: () => adapter.delta(own, input, ctx),
        ...(factors ? { lowRank: { ...factors, input } } : {}),
        ...(done ? { folded: { ...done, input } } : {}),
      },
      first: members.length === 1 ? entered : this.#entered(members[0]!, part),
      completeSublayer: (value) => adapter.completeSublayer(ctx, value),
    };
  }

  #entered(name: string, part: Part): AdapterInput {
    const { adapter, params } = this.#pass.parts.adapter(name);
    return adapter.prepareInput(params.get(this.#site.name)!, this.#context(`adapters/${name}`, part, true));
  }
}

function refuseFolded(name: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('BUNDLE_COMPILED', {
    at: name,
    expected: `use ${expected}, since it is compiled for inference`,
    got: `use ${got}`,
    fix: 'Use the bundle that it was compiled from.',
  });
}

/** How a value goes on where no adapter acts. */
function plain({ norm, residual }: Part, value: Tensor): Tensor {
  if (!residual) return value;
  const sum = add(value, residual);
  return norm ? norm(sum) : sum;
}

function cut(part: Part, axis: 0 | 1, start: number, size: number): Part {
  const take = (whole: Tensor): Tensor => slice(whole, axis, start, size);
  const y = take(part.y);
  return {
    x: take(part.x),
    y,
    h: part.h === part.y ? y : take(part.h),
    mask: take(part.mask),
    ...(part.residual ? { residual: take(part.residual) } : {}),
    ...(part.norm ? { norm: part.norm } : {}),
  };
}
