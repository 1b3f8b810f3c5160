import type { JsonValue, SPEC } from '@adapterfusion/contracts';

/** The manifest's file name in a bundle. */
export const MANIFEST_FILE = 'adapterfusion.json';

/** What a bundle holds in the main. */
export const BUNDLE_KINDS = ['adapter', 'fusion', 'head', 'model'] as const;
export type BundleKind = (typeof BUNDLE_KINDS)[number];

/** A plugin that something in the bundle was made by. */
export interface PluginRecord {
  /** `package#id` */
  readonly plugin: string;
  /** The range of the package's versions that can read it. */
  readonly version: string;
  readonly options: { readonly [name: string]: JsonValue };
}

/** The npm package that an adapter came from. */
export interface SourceRecord {
  readonly package: string;
  /** Exact. */
  readonly version: string;
  /** The adapter's name in that package's bundle. */
  readonly adapter: string;
  /** Of its plugin, options and values, as `adapterHash` of `@adapterfusion/runtime` makes it. */
  readonly sha256: string;
  /** Whether this bundle holds the values; otherwise they are read from the package. */
  readonly carried: boolean;
}

export interface AdapterRecord extends PluginRecord {
  /** Absent for an adapter that was trained for this bundle, or came from a folder. */
  readonly source?: SourceRecord;
}

export interface FusionRecord extends PluginRecord {
  /** The adapters it was trained over, in its order. */
  readonly children: readonly string[];
}

export interface HeadRecord extends PluginRecord {
  /** Label names in the order of the outputs; empty for tasks without labels. */
  readonly labels: readonly string[];
  /** The kind of its task. */
  readonly task: PluginRecord;
}

export interface MetricRecord {
  readonly name: string;
  readonly value: number;
  /** The data it was measured on. */
  readonly data: string;
  readonly rows: number;
}

/** The backbone that the bundle was trained on. */
export interface BackboneRecord {
  /** Name on the hub, or of a folder. */
  readonly id: string;
  readonly revision?: string;
  /** Of the weights; absent for an import that does not know it. */
  readonly fingerprint?: string;
  /** The fingerprint of the weights that these are a copy of at another precision. */
  readonly derivedFrom?: string;
  /** The encoder that fine-tuning made this one from; only in a bundle that carries its encoder. */
  readonly tunedFrom?: { readonly id: string; readonly fingerprint: string };
  readonly modelType: string;
  /** Width of the hidden states. */
  readonly hidden: number;
  readonly layers: number;
}

/** What a bundle of folded matrices was made from. */
export interface CompiledRecord {
  /** Name of the bundle. */
  readonly from: string;
  /** SHA-256 of its weights; absent for an import. */
  readonly weights?: string;
  /** How many numbers its adapters, fusions and heads were. */
  readonly parameters: number;
}

export interface FileRecord {
  readonly sha256: string;
  readonly bytes: number;
}

/** What `adapterfusion.json` says. */
export interface Manifest {
  readonly spec: typeof SPEC;
  readonly kind: BundleKind;
  readonly name: string;
  /** The composition tree, read by `@adapterfusion/model`; null where there is none. */
  readonly composition: JsonValue;
  readonly adapters: { readonly [name: string]: AdapterRecord };
  readonly fusions: { readonly [name: string]: FusionRecord };
  readonly heads: { readonly [name: string]: HeadRecord };
  readonly metrics: readonly MetricRecord[];
  readonly backbone: BackboneRecord;
  /** Present where the fusions are folded into the adapters' factors: for prediction only. */
  readonly compiled?: CompiledRecord;
  /** How it was trained, free in form. */
  readonly training: { readonly [key: string]: JsonValue };
  /** Every file of the bundle but the manifest, by its path in the bundle. */
  readonly files: { readonly [path: string]: FileRecord };
}
