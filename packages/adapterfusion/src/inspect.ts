import type { Split } from '@adapterfusion/contracts';
import { nodesOf, type Composition } from '@adapterfusion/model';
import { readRows } from './evaluation-rows.js';
import type { AttentionSummary } from './events.js';
import { attentionOn, measureForms, onlyFusion, timed, type FusionForm, type Timed } from './fusion-forms.js';
import { chooseHead, loaded, openModel, type LoadOptions } from './load.js';
import type { DataOptions } from './options.js';
import { checkMaxLength } from './trained-length.js';

/** Options of {@link inspect}. */
export interface InspectOptions extends LoadOptions, Partial<DataOptions> {
  /** Which rows of the data. Default: all of a file of one's own, else `validation`. */
  readonly split?: Split;
  /** Longest input in tokens. Default: that of the bundle's training, or the encoder's where the bundle names none. */
  readonly maxLength?: number;
}

/** A part of a bundle's model. */
export interface InspectedPart {
  readonly kind: 'encoder' | 'adapter' | 'fusion' | 'head';
  readonly name: string;
  /** `package#id` of its plugin; none of the encoder. */
  readonly plugin?: string;
  readonly parameters: number;
  /** Names of the sites where it acts. */
  readonly sites: readonly string[];
}

/** What an adapter of a fusion is worth on data. */
export interface AdapterWorth {
  readonly adapter: string;
  /** Mean attention over sites, tokens and rows. */
  readonly weight: number;
  /** Metrics of the fusion that leaves it out. */
  readonly without: { readonly [name: string]: number };
}

/** What {@link inspect} found on data. */
export interface InspectedData {
  readonly data: string;
  readonly split: Split;
  readonly rows: number;
  /** Whether the bundle was trained on these rows, or on some of them: its figures then say little about other rows. */
  readonly trainedOn: boolean;
  /** The model in its forms; one that has no fusion has one. */
  readonly forms: readonly (Timed & { readonly form: FusionForm })[];
  /** Of a fusion. */
  readonly attention?: AttentionSummary;
  /** Of a fusion of two adapters or more, those that are missed most first. */
  readonly adapters?: readonly AdapterWorth[];
}

/** What a bundle is. */
export interface Inspection {
  readonly composition: Composition | undefined;
  readonly backend: string;
  readonly parts: readonly InspectedPart[];
  readonly data?: InspectedData;
}

/**
 * Looks at a bundle: its parts with their parameters and sites; on data its accuracy and speed, what its fusion relies on,
 * and what it would be without each of its adapters.
 * @throws as `load` and as reading data does
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<Inspection> {
  const wanted = checkMaxLength(options.maxLength, 'inspect');
  const { session, setup } = await openModel(path, options);
  const { model, registry, files, backend } = session;
  try {
    const found = { composition: model.composition, backend: backend.name, parts: partsOf(model) };
    const { data } = options;
    if (data === undefined) return found;
    const head = chooseHead(session, path, options.head);
    const answering = await loaded(session, [head], options, setup.training);
    const rows = await readRows(answering.answers, { ...options, data, files, registry }, setup.training);
    const settings = {
      maxLength: wanted ?? answering.model.maxLength,
      ...(options.signal ? { signal: options.signal } : {}),
    };
    const { split, trainedOn } = rows;
    const about = { data: rows.data.name, split, rows: rows.examples.length, trainedOn };
    const fuses = nodesOf(model.composition ?? { type: 'none' }).some(
      (node) => typeof node !== 'string' && node.type === 'fuse',
    );
    if (!fuses || setup.compiled)
      return {
        ...found,
        data: {
          ...about,
          forms: [{ form: fuses ? 'compiled' : 'factored', ...(await timed(answering, rows, settings)) }],
        },
      };
    const { fusion, children } = onlyFusion(model, path);
    const forms = await measureForms(model, fusion, answering, rows, settings);
    const attention = await attentionOn(session, answering, rows, head, settings);
    const adapters: AdapterWorth[] = [];
    for (const [child, adapter] of children.length > 1 ? attention.adapters.entries() : []) {
      const { metrics: without } = await timed(answering, rows, { ...settings, mask: [adapter] });
      const weights = attention.sites.map((site) => site.weights[child]!);
      adapters.push({ adapter, weight: weights.reduce((sum, weight) => sum + weight, 0) / weights.length, without });
    }
    const metric = rows.data.metrics[0]!;
    adapters.sort((a, b) => a.without[metric]! - b.without[metric]!);
    return { ...found, data: { ...about, forms, attention, adapters } };
  } finally {
    model.dispose();
  }
}

function partsOf(model: Parameters<typeof onlyFusion>[0]): InspectedPart[] {
  const count = (prefix: string): number => model.parameters.count((path) => path.startsWith(prefix));
  const held = <H extends { configured: { toJSON(): { plugin: string } }; sites?: ReadonlyMap<string, unknown> }>(
    kind: InspectedPart['kind'],
    folder: string,
    parts: ReadonlyMap<string, H>,
  ): InspectedPart[] =>
    [...parts].map(([name, { configured, sites }]) => ({
      ...{ kind, name, plugin: configured.toJSON().plugin, parameters: count(`${folder}/${name}/`) },
      sites: [...(sites?.keys() ?? [])],
    }));
  const parts = [
    ...held('adapter', 'adapters', model.adapters),
    ...held('fusion', 'fusions', model.fusions),
    ...held('head', 'heads', model.heads),
  ];
  const learned = parts.reduce((sum, { parameters }) => sum + parameters, 0);
  const sites = model.backbone.sites.map(({ name }) => name);
  return [{ kind: 'encoder', name: 'encoder', parameters: model.parameters.count() - learned, sites }, ...parts];
}
