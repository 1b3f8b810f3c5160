import type { AttentionHookInput, AttentionInput, Site, Tensor } from '@adapterfusion/contracts';
import { concat, fill, reshape, scope, slice, transpose } from '@adapterfusion/tensor';
import { adaptersOf, type Composition } from './composition.js';
import type { PassState } from './pass-state.js';

/** What attention is computed from, head by head, with what entered the layer. */
interface Part extends AttentionInput {
  readonly x: Tensor;
}

/** Runs a composition at one attention site: pure, a function of its arguments. */
export class AttentionExecutor {
  readonly #site: Site;
  readonly #pass: PassState;

  constructor(site: Site, pass: PassState) {
    this.#site = site;
    this.#pass = pass;
  }

  /** @returns the same tensors where nothing acts */
  run(root: Composition | undefined, call: AttentionHookInput): ReturnType<AttentionExecutor['merged']> {
    const { x, query, key, value, mask, heads } = call;
    if (root === undefined || !adaptersOf(root).some(this.#acts)) return { query, key, value, mask };
    return scope(() => {
      const part = { x, query: split(query, heads), key: split(key, heads), value: split(value, heads), mask };
      return this.merged(this.#node(root, part));
    });
  }

  readonly #acts = (adapter: string): boolean => this.#pass.parts.adapter(adapter).params.has(this.#site.name);

  #node(node: Composition, part: Part): Part {
    if (typeof node === 'string') return this.#adapter(node, part);
    switch (node.type) {
      case 'none':
        return part;
      case 'stack':
        return node.children.reduce((before, child) => this.#node(child, before), part);
      case 'parallel': {
        const rows = part.query.shape[0]! / node.children.length;
        return this.#pieces(
          node.children,
          node.children.map(() => rows),
          part,
        );
      }
      case 'batch-split':
        return this.#pieces(node.children, node.sizes, part);
      // checkFit has refused mixtures whose adapters act here.
      case 'fuse':
      case 'average':
      case 'split':
        return part;
    }
  }

  #adapter(name: string, part: Part): Part {
    if (!this.#acts(name)) return part;
    const { adapter, params } = this.#pass.parts.adapter(name);
    const { train } = this.#pass;
    const scopeName = `adapters/${name}/${this.#site.name}`;
    const ctx = { ...part, site: this.#site, scopeName, ...(train ? { train } : {}) };
    return { x: part.x, ...adapter.attention!(params.get(this.#site.name)!, ctx) };
  }

  /** Children that each take some of the rows. Positions that one has more than another are masked there. */
  #pieces(children: readonly Composition[], sizes: readonly number[], part: Part): Part {
    let start = 0;
    const pieces = children.flatMap((child, index) => {
      const size = sizes[index]!;
      if (size === 0) return [];
      const take = (whole: Tensor): Tensor => slice(whole, 0, start, size);
      const { x, query, key, value, mask } = part;
      const own = { x: take(x), query: take(query), key: take(key), value: take(value), mask: take(mask) };
      start += size;
      return [this.#node(child, own)];
    });
    const longest = Math.max(...pieces.map(({ mask }) => mask.shape[1]!));
    const whole = (of: keyof Part, axis: number): Tensor =>
      concat(
        pieces.map((piece) => padded(piece[of], axis, longest)),
        0,
      );
    const query = concat(
      pieces.map((piece) => piece.query),
      0,
    );
    return { x: part.x, query, key: whole('key', 2), value: whole('value', 2), mask: whole('mask', 1) };
  }

  /** Projections of all heads side by side again. */
  merged({ query, key, value, mask }: AttentionInput): Pick<AttentionHookInput, 'query' | 'key' | 'value' | 'mask'> {
    return { query: merge(query), key: merge(key), value: merge(value), mask };
  }
}

/** `[batch, time, width] → [batch, heads, time, width / heads]` */
function split(x: Tensor, heads: number): Tensor {
  const [batch, time, width] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
}

function merge(x: Tensor): Tensor {
  const [batch, heads, time, depth] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, time, heads * depth]);
}

/** Zeros before the positions that there are. */
function padded(x: Tensor, axis: number, length: number): Tensor {
  const missing = length - x.shape[axis]!;
  if (missing === 0) return x;
  return concat(
    [
      fill(
        x.shape.map((size, at) => (at === axis ? missing : size)),
        0,
      ),
      x,
    ],
    axis,
  );
}
