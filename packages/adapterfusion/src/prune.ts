import { AdapterFusionError, option, parseOptions, type Split } from '@adapterfusion/contracts';
import type { Composition } from '@adapterfusion/model';
import { checkPlace, describeModel, packEncoder, writeBundle } from '@adapterfusion/runtime';
import { readRows } from './evaluation-rows.js';
import {
  attentionOn,
  measureForms,
  onlyFusion,
  timed,
  type Fuse,
  type FusionForm,
  type Timed,
} from './fusion-forms.js';
import { chooseHead, loaded, openModel, type LoadOptions } from './load.js';
import { backboneOf } from './open-setup.js';
import type { DataOptions } from './options.js';
import { filesOf } from './platform.js';
import { checkMaxLength } from './trained-length.js';

/** Options of {@link prune}. */
export interface PruneOptions extends LoadOptions, DataOptions {
  /** How many adapters stay at each site: those with the most attention. Default 2. */
  readonly keep?: number;
  /** In so many layers, counted from the lowest, the fusion is left out. Default 0. */
  readonly skipLayers?: number;
  /** Which rows say what is used, and measure it. Default: all of a file of one's own, else `validation`. */
  readonly split?: Split;
  /** Longest input in tokens. Default: that of the bundle's training, or the encoder's where the bundle names none. */
  readonly maxLength?: number;
  /** Where the pruned bundle is written. */
  readonly out: string;
  /** Take the place of a bundle that is there. Default false. */
  readonly overwrite?: boolean;
}

/** A form of the same set-up; `pruned`: folded, with what was kept. */
export interface PruneRow extends Timed {
  readonly form: FusionForm | 'pruned';
}

/** What {@link prune} did. */
export interface PruneReport {
  readonly path: string;
  readonly data: string;
  readonly split: Split;
  readonly rows: number;
  /** Whether the bundle was trained on these rows, or on some of them: its figures then say little about other rows. */
  readonly trainedOn: boolean;
  readonly table: readonly PruneRow[];
  /** By site: the children that stay, the most used first; none where the fusion is left out. */
  readonly kept: { readonly [site: string]: readonly string[] };
}

const RANGES = {
  keep: option.number(2, { min: 1, integer: true }),
  skipLayers: option.number(0, { min: 0, integer: true }),
};

/**
 * Keeps at every site the adapters that labelled rows use most, leaves the fusion out of the lowest layers, and writes the
 * result as a bundle, which can be trained on and compiled. Measures it beside the whole fusion in its other forms.
 * @throws as `load` and as reading data does; FILE_EXISTS; BUNDLE_COMPILED; UNSUPPORTED where there is not one fusion
 */
export async function prune(path: string, options: PruneOptions): Promise<PruneReport> {
  const { out, overwrite = false } = options;
  const { keep, skipLayers } = parseOptions(RANGES, { keep: options.keep, skipLayers: options.skipLayers }, 'prune');
  const wanted = checkMaxLength(options.maxLength, 'prune');
  const files = filesOf(options.files);
  await checkPlace(files, out, overwrite);
  const { session, setup } = await openModel(path, options);
  const { model, registry } = session;
  try {
    if (setup.compiled)
      throw new AdapterFusionError('BUNDLE_COMPILED', {
        at: path,
        expected: 'a bundle whose adapters are apart',
        got: `one that was folded from "${setup.compiled.from}"`,
        fix: 'Prune that bundle, and compile the result.',
      });
    const node = onlyFusion(model, path);
    if (keep >= node.children.length)
      options.onWarning?.(
        `${path}: its fusion has ${node.children.length} adapters, so that keeping ${keep} leaves none out.`,
      );
    const head = chooseHead(session, path, options.head);
    const answering = await loaded(session, [head], options, setup.training);
    const rows = await readRows(answering.answers, { ...options, files, registry }, setup.training);
    const settings = {
      maxLength: wanted ?? answering.model.maxLength,
      ...(options.signal ? { signal: options.signal } : {}),
    };
    const table: PruneRow[] = await measureForms(model, node.fusion, answering, rows, settings);
    const { adapters, sites } = await attentionOn(session, answering, rows, head, settings);
    const kept = Object.fromEntries(
      sites.map(({ site, weights }) => {
        const { layer } = model.backbone.sites.find(({ name }) => name === site)!;
        const order = [...adapters.keys()].filter((child) => weights[child] !== 0);
        // Weights of either sign count by their size.
        order.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!));
        return [site, layer < skipLayers ? [] : order.slice(0, keep).map((child) => adapters[child]!)];
      }),
    );
    model.compose(replaced(model.composition!, { ...node, keep: { ...node.keep, ...kept } }));
    const pruned = { form: 'pruned', ...(await timed(answering, rows, settings)) } as const;
    const measured = { data: `${rows.data.name}, ${rows.split}`, rows: rows.examples.length };
    const metrics = Object.entries(pruned.metrics).map(([name, value]) => ({ name, value, ...measured }));
    const encoder = setup.kind === 'model' ? await packEncoder(model, session.settings) : undefined;
    const result = { ...setup, ...(await describeModel(model)), metrics, backbone: backboneOf(setup, session.encoder) };
    await writeBundle(files, out, result, registry, { replace: overwrite, ...(encoder ? { encoder } : {}) });
    return {
      path: out,
      data: rows.data.name,
      split: rows.split,
      rows: rows.examples.length,
      trainedOn: rows.trainedOn,
      table: [...table, pruned],
      kept,
    };
  } finally {
    model.dispose();
  }
}

/** A composition with another node in the place of the fusion of that name. */
function replaced(node: Composition, by: Fuse): Composition {
  if (typeof node === 'string' || node.type === 'none') return node;
  if (node.type === 'fuse' && node.fusion === by.fusion) return by;
  return { ...node, children: node.children.map((child) => replaced(child, by)) };
}
