import type { Adapter } from './adapter.js';
import type { Backbone } from './backbone.js';
import type { Dataset } from './dataset.js';
import type { EitherSpelling } from './camel-case.js';
import { AdapterFusionError } from './errors.js';
import type { Fusion } from './fusion.js';
import { guarded, named } from './guard.js';
import type { Head, HeadContext } from './head.js';
import type { SiteRole } from './site.js';
import type { AnyTaskKind, TaskColumn, TaskContext } from './task.js';
import type { Trainer } from './trainer.js';

/** The contract's version, on every plugin and in every manifest. */
export const SPEC = 1 as const;

/** What a plugin of each kind can do. Core asks this and never an id. */
export interface Supports {
  backbone: { readonly roles: readonly SiteRole[] };
  adapter: {
    readonly roles: readonly SiteRole[];
    /** The adapter can be folded into a projection, exactly. */
    readonly merge: boolean;
    /** Fresh parameters leave the backbone's output unchanged. */
    readonly identityAtInit: boolean;
  };
  fusion: {
    readonly minChildren: number;
    readonly trainable: boolean;
    /**
     * `shares`, the default: the weights of a token are from 0 to 1 and add up to 1. `free`: any numbers.
     */
    readonly weights?: 'shares' | 'free';
  };
  head: {
    /** Ids or identities of the task kinds whose targets the loss reads. */
    readonly tasks: readonly string[];
    /** Has the options `centre` and `scale`, mean and deviation of the numbers that are its targets. */
    readonly standardises?: boolean;
    /** Has the option `pooling` with the choices `cls` and `mean`; an encoder's own files say which one is its default. */
    readonly pooling?: boolean;
    /** Has the option `layers`, and with `layers: 1` its instances have `Head.fit`. */
    readonly layers?: boolean;
  };
  trainer: {
    readonly resume: boolean;
    /** What trains beside the head. */
    readonly trains: readonly ('adapter' | 'fusion' | 'encoder')[];
    /** How many tasks take part in a run; one by default. */
    readonly tasks?: 'one' | 'several';
  };
  dataset: { readonly streaming: boolean };
  task: {
    /** The hub's name of the task, for cards. */
    readonly pipelineTag?: string;
    /** A target is the index of one label: linear baselines and a confusion matrix apply. */
    readonly singleLabel?: boolean;
    /** By field of a row, the columns of a file that hold it. */
    readonly columns: { readonly [field: string]: TaskColumn };
  };
}

/** What `create` is told about its surroundings, by kind. */
export interface CreateContext {
  /** The hub's `config.json`. */
  backbone: { readonly config: { readonly [key: string]: unknown } };
  adapter: { readonly hidden: number; readonly layers: number };
  fusion: { readonly attentionDropout: number };
  head: HeadContext;
  trainer: Record<string, never>;
  dataset: Record<string, never>;
  task: TaskContext;
}

/** What `create` makes, by kind. */
export interface Instances {
  backbone: Backbone;
  adapter: Adapter;
  fusion: Fusion;
  head: Head;
  trainer: Trainer;
  dataset: Dataset;
  task: AnyTaskKind;
}

export type PluginKind = keyof Instances;

/** Options as they are written to manifests. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** A plugin: what it is, what it can do, how its options are checked, how it is made. */
export interface Plugin<K extends PluginKind = PluginKind, O = unknown> {
  readonly spec: typeof SPEC;
  readonly kind: K;
  /** Snake or kebab case, unique in its package, written to manifests, never reused. */
  readonly id: string;
  /** Other names by which users know it. */
  readonly aliases?: readonly string[];
  readonly packageName: string;
  readonly packageVersion: string;
  readonly supports: Supports[K];
  /** Turns what a user or a manifest gave into complete options. @throws OPTIONS_INVALID */
  readonly options: (input: unknown) => O;
  /** @throws OPTIONS_INVALID for options that do not fit each other, or what is around: the place to check that */
  readonly create: (options: O, surroundings: CreateContext[K]) => Instances[K];
}

/** A plugin with its options: data, serialisable. */
export interface Configured<K extends PluginKind = PluginKind, O = unknown> {
  readonly plugin: Plugin<K, O>;
  readonly options: O;
  create(surroundings: CreateContext[K]): Instances[K];
  /** `{ plugin: "package#id", options }` */
  toJSON(): { plugin: string; options: O };
}

/** The function that users call: `lora({ r: 4 })`; options in snake case may be written in camel case. */
export interface PluginFactory<K extends PluginKind, O, I = Partial<O>> {
  (options?: EitherSpelling<I>): Configured<K, O>;
  readonly plugin: Plugin<K, O>;
}

/** A plugin of unknown options. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one place where the type of the options is given up
export type AnyPlugin<K extends PluginKind = PluginKind> = { [P in K]: Plugin<P, any> }[K];

/** A configured plugin of unknown options. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- likewise
export type AnyConfigured<K extends PluginKind = PluginKind> = { [P in K]: Configured<P, any> }[K];

/** `package#id`, a plugin's identity. */
export function identityOf(plugin: { readonly packageName: string; readonly id: string }): string {
  return `${plugin.packageName}#${plugin.id}`;
}

/**
 * A plugin with options that have been checked. Whatever the plugin throws later, as itself or as what it creates, names it.
 * @throws OPTIONS_INVALID; PLUGIN_FAILED when the plugin throws anything else than an AdapterFusionError
 */
export function configure<K extends PluginKind, O>(plugin: Plugin<K, O>, input?: unknown): Configured<K, O> {
  const identity = identityOf(plugin);
  const options = named(identity, 'options', () => plugin.options(input ?? {}));
  return Object.freeze({
    plugin,
    options,
    create: (surroundings: CreateContext[K]) =>
      guarded(
        named(identity, 'create', () => plugin.create(options, surroundings)),
        identity,
      ),
    toJSON: () => ({ plugin: identity, options }),
  });
}

/**
 * Makes a plugin: fills in the contract version, checks its name, freezes it.
 * @returns the function users call with options
 * @throws NAME_INVALID for an id that is not kebab or snake case
 */
export function definePlugin<K extends PluginKind, O, I = Partial<O>>(
  definition: Omit<Plugin<K, O>, 'spec'>,
): PluginFactory<K, O, I> {
  if (!/^[a-z][a-z0-9]*([-_+][a-z0-9]+)*$/.test(definition.id))
    throw new AdapterFusionError('NAME_INVALID', {
      expected: 'a plugin id in kebab or snake case',
      got: JSON.stringify(definition.id),
      fix: 'Rename it, for example "my-adapter".',
    });
  const plugin: Plugin<K, O> = Object.freeze({ ...definition, spec: SPEC });
  return Object.freeze(Object.assign((options?: EitherSpelling<I>) => configure(plugin, options), { plugin }));
}
