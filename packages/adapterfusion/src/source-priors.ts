import { identityOf, type AnyConfigured, type Head, type HeadFitOptions } from '@adapterfusion/contracts';
import type { HeadPart } from '@adapterfusion/runtime';
import type { OpenAdapter } from './open-adapters.js';
import type { OpenData } from './rows.js';
import type { Session } from './session.js';
import type { WorkbenchOptions } from './workbench.js';

/** Parameters of a linear head, in the order of the target's labels. */
export type HeadPrior = NonNullable<HeadFitOptions['prior']>;

/** The linear heads of related adapters, where labels agree: what a head of the target may begin at. */
export interface SourcePriors {
  /** By adapter. */
  readonly of: ReadonlyMap<string, HeadPrior>;
  /** Their mean; undefined where there are none. */
  readonly mean: HeadPrior | undefined;
}

/**
 * The heads of the given adapters that answer with the target's labels and read the same features as its head: linear, with
 * the same pooling. The target's own adapters are left out: their heads have seen its rows.
 * @param sameLabels take heads with as many labels as equal, label by label, whatever their names
 */
export function sourcePriors(given: WorkbenchOptions, sameLabels = false): SourcePriors {
  const { task, adapters, own } = given;
  const of = new Map<string, HeadPrior>();
  for (const adapter of adapters) {
    if (own.some(({ name }) => name === adapter.name)) continue;
    const order = labelOrder(adapter, task.data, sameLabels);
    const weights = order && weightsOf(given, adapter.head!, order);
    if (weights) of.set(adapter.name, weights);
  }
  return { of, mean: of.size === 0 ? undefined : meanOf([...of.values()]) };
}

function meanOf(priors: readonly HeadPrior[]): HeadPrior {
  const mean = (parameter: string) => {
    const { data, shape } = priors[0]![parameter]!;
    const sum = (at: number): number => priors.reduce((total, each) => total + each[parameter]!.data[at]!, 0);
    return { data: Float32Array.from(data, (_, at) => sum(at) / priors.length), shape };
  };
  return Object.fromEntries(Object.keys(priors[0]!).map((parameter) => [parameter, mean(parameter)]));
}

/** Whether a head reads the same features as the target's. */
export function samePooling({ model }: Session, head: Head, other: AnyConfigured<'head'>): boolean {
  const pooling = ({ options }: AnyConfigured<'head'>): unknown => (options as { readonly pooling?: unknown }).pooling;
  const own = [...model.heads.values()].find(({ instance }) => instance === head);
  return own !== undefined && pooling(own.configured) === pooling(other);
}

/**
 * For each of the target's labels its place among those of an adapter's head; undefined where the labels do not agree.
 * @param sameLabels whether as many labels are enough, whatever their names
 */
export function labelOrder(
  { head }: OpenAdapter,
  { labels, task: { plugin } }: Pick<OpenData, 'labels' | 'task'>,
  sameLabels = false,
): number[] | undefined {
  const kinds = [plugin.id, identityOf(plugin)];
  if (!head || !kinds.includes(head.task.plugin) || head.labels.length !== labels.length) return undefined;
  const named = labels.every((label) => head.labels.includes(label));
  const numbers = labels.every((label) => /^(LABEL_)?-?\d+(\.\d+)?$/.test(label));
  if (named && (sameLabels || !numbers)) return labels.map((label) => head.labels.indexOf(label));
  return sameLabels ? [...labels.keys()] : undefined;
}

/** A linear head that reads the target's features, with its outputs in another order; undefined for any other. */
function weightsOf(
  { session, head }: WorkbenchOptions,
  part: HeadPart,
  order: readonly number[],
): HeadPrior | undefined {
  const { registry, model } = session;
  const configured = registry.configure('head', part.plugin, part.options);
  const { hidden, headDropout: dropout } = model.backbone;
  const { linear } = configured.create({ hidden, labels: part.labels.length, dropout });
  if (!linear || !samePooling(session, head, configured)) return undefined;
  const bias = part.values.get(linear.bias)!.data;
  const weight = part.values.get(linear.weight)!.data;
  const rows = order.flatMap((at) => [...weight.subarray(at * hidden, (at + 1) * hidden)]);
  return {
    [linear.weight]: { data: Float32Array.from(rows), shape: [order.length, hidden] },
    [linear.bias]: { data: Float32Array.from(order, (at) => bias[at]!), shape: [order.length] },
  };
}
