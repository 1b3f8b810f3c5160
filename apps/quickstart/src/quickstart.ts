import { join } from 'node:path';
import type { Output } from '@adapterfusion/terminal';
import { fuse, load, train, type CommonOptions, type ParameterCounts, type TableEvent } from 'adapterfusion';
import { DOMAINS, othersOf, type DomainName } from './domains.js';
import { follow, type Stage } from './stage.js';

/** What is asked for. */
export interface QuickstartOptions {
  readonly target: DomainName;
  /** Training rows of the target. */
  readonly labels: number;
  readonly seed: number;
  readonly backend: NonNullable<CommonOptions['backend']>;
  readonly model: string;
  readonly out: string;
}

/** What the saved bundle says of a sentence. */
interface Answer {
  readonly text: string;
  readonly label: string;
  readonly score: number;
}

/** Everything that a run has found. */
export interface Result extends QuickstartOptions {
  /** The table that `fuse` ends with. */
  readonly table: TableEvent;
  readonly parameters: ParameterCounts;
  /** Where the composition is. */
  readonly bundle: string;
  /** Training losses of what was trained in steps. */
  readonly curves: readonly { readonly name: string; readonly losses: readonly number[] }[];
  readonly answers: readonly Answer[];
  /** What computed it. */
  readonly computed: string;
  readonly seconds: number;
}

/**
 * Trains an adapter for each of the other domains, composes them for the target with few labels, measures every method on
 * the target's test rows, and predicts three sentences with what was saved. All settings are the defaults.
 * @throws ABORTED and every code that its parts have
 */
export async function quickstart(options: QuickstartOptions, output: Output, signal: AbortSignal): Promise<Result> {
  const started = performance.now();
  const { target, labels, seed, backend, model, out } = options;
  const common = {
    ...{ model, backend, signal, onProgress: output.stage, onWarning: output.warn },
    ...{ overwrite: true, validate: false, settings: { seed }, measureOn: 'test' as const },
  };
  const stages = new Map<string, Stage>();
  for (const name of othersOf(target)) {
    output.note(`\n${name}: an adapter on all labels`);
    const run = train({ ...common, data: DOMAINS[name].task, name, out: join(out, name) });
    stages.set(name, await follow(run, output));
  }
  const adapters = othersOf(target).map((name) => join(out, name));
  output.note(`\n${target}: ${adapters.length} adapters composed with ${labels} labels`);
  const fused = await follow(
    fuse({
      ...common,
      ...{ data: DOMAINS[target].task, trainRows: labels, adapters, name: target, out: join(out, 'fusion') },
      otherRows: othersOf(target).map((name) => DOMAINS[name].task),
    }),
    output,
  );
  const { answers, computed } = await ask(fused.saved.path, target, { model, backend, signal });
  return {
    ...{ target, labels, seed, backend, model, out, answers, computed },
    table: fused.table!,
    parameters: fused.saved.parameters,
    bundle: fused.saved.path,
    curves: [...stages, ['fusion', fused] as const]
      .map(([name, { losses }]) => ({ name, losses }))
      // A composition that is not trained has no curve.
      .filter(({ losses }) => losses.length > 0),
    seconds: (performance.now() - started) / 1000,
  };
}

/** What the saved bundle says of three sentences. */
async function ask(
  bundle: string,
  target: DomainName,
  options: Pick<CommonOptions, 'backend' | 'signal'> & { readonly model: string },
): Promise<{ answers: Answer[]; computed: string }> {
  const model = await load(bundle, options);
  try {
    const { sentences } = DOMAINS[target];
    const { name, version, threads } = model.backend;
    const predictions = await model.predict(sentences, options.signal ? { signal: options.signal } : {});
    return {
      answers: predictions.map(({ label, scores }, index) => ({
        text: sentences[index]!,
        label,
        score: scores[label]!,
      })),
      computed: `${name} ${version}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    };
  } finally {
    model.dispose();
  }
}
