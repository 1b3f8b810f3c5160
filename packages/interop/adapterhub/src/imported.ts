import type { JsonValue } from '@adapterfusion/contracts';
import type { ImportedComposition } from './composition.js';

/** Learned values, row-major. Linear weights lie as `[out, in]`. */
export interface ImportedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The model that something was trained on, as far as the files tell. */
export interface ImportedModel {
  /** The hub's `model_type`; absent in files of PEFT. */
  readonly modelType?: string;
  /** Name on the hub or a folder; may be empty. */
  readonly modelName: string;
  readonly hiddenSize: number;
}

interface Imported {
  readonly name: string;
  /** `package#id` of the plugin that runs it. */
  readonly plugin: string;
  /** Options for that plugin, not checked by it yet. */
  readonly options: { readonly [key: string]: JsonValue };
  readonly model: ImportedModel;
  readonly warnings: readonly string[];
}

/** An adapter. Tensors by `layer/location/parameter`, for example `0/output_adapter/down.weight`. */
export interface ImportedAdapter extends Imported {
  readonly tensors: ReadonlyMap<string, ImportedTensor>;
}

/** A fusion layer. Tensors by `layer/location/parameter`, for example `0/output_adapter/query.weight`. */
export interface ImportedFusion extends Imported {
  /** Names of the adapters that it was trained over, in its order. */
  readonly children: readonly string[];
  readonly tensors: ReadonlyMap<string, ImportedTensor>;
}

/** A head. Tensors by parameter: `out.weight`, `out.bias` and, with two layers, `dense.weight`, `dense.bias`. */
export interface ImportedHead extends Imported {
  /** The kind of its task; `plugin` is `package#id`. */
  readonly task: { readonly plugin: string; readonly options: { readonly [key: string]: JsonValue } };
  /** Label names in the order of the outputs; none in regression and multiple choice. */
  readonly labels: readonly string[];
  readonly tensors: ReadonlyMap<string, ImportedTensor>;
}

/** What a folder of the Python library `adapters` or of PEFT holds. */
export interface ImportedSetup extends ImportedModel {
  /** null where nothing is active: a folder with only a head. */
  readonly composition: ImportedComposition | null;
  readonly adapters: readonly ImportedAdapter[];
  readonly fusions: readonly ImportedFusion[];
  readonly heads: readonly ImportedHead[];
  readonly activeHead?: string;
  readonly warnings: readonly string[];
}
