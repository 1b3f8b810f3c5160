import type { BackboneRecord, BundleKind, CompiledRecord, MetricRecord, SourceRecord } from '@adapterfusion/checkpoint';
import type { JsonValue } from '@adapterfusion/contracts';
import type { Composition, HeadTask, Values } from '@adapterfusion/model';

type Json = { readonly [key: string]: JsonValue };

/** An adapter, fusion or head as data: which plugin, which options, which values. */
export interface SetupPart {
  /** `package#id` */
  readonly plugin: string;
  /** Range of the plugin package's versions that can read it; absent for an import. */
  readonly version?: string;
  readonly options: Json;
  /** Of a compiled bundle: what it can do stands in its fusion, and it is of no use alone. */
  readonly folded?: boolean;
  /** The npm package that an adapter came from. */
  readonly source?: SourceRecord;
  /** By path below the part: `3/output_adapter/down.weight`. */
  readonly values: ReadonlyMap<string, Values>;
}

export interface FusionPart extends SetupPart {
  /** The children it was made for, in its order. */
  readonly children: readonly string[];
}

export interface HeadPart extends SetupPart {
  /** Label names in the order of the outputs; none in regression and multiple choice. */
  readonly labels: readonly string[];
  readonly task: HeadTask;
}

/** A whole set-up as data: what a bundle folder holds, and what an import makes. */
export interface Setup {
  readonly kind: BundleKind;
  readonly name: string;
  readonly composition: Composition | null;
  readonly adapters: ReadonlyMap<string, SetupPart>;
  readonly fusions: ReadonlyMap<string, FusionPart>;
  readonly heads: ReadonlyMap<string, HeadPart>;
  /** An import may know less of it than a bundle. */
  readonly backbone: Partial<BackboneRecord>;
  readonly metrics: readonly MetricRecord[];
  /** What it was folded from, where it is compiled for inference. */
  readonly compiled?: CompiledRecord;
  readonly training: Json;
}
