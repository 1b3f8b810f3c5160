import { join } from 'node:path';
import type { Output } from '@adapterfusion/terminal';
import { fuse, load, train, type CommonOptions } from 'adapterfusion';
import { DOMAINS, othersOf, type DomainName } from './domains.js';
import { trainingOptions, type Recipe } from './recipe.js';
import { methodsOf, type Answer, type Result, type Row } from './result.js';
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

/**
 * Trains an adapter for each domain, the target's on its few labels; fuses them for the target; measures it on the target's
 * test rows; predicts three sentences with what was saved.
 * @throws ABORTED and every code that its parts have
 */
export async function quickstart(
  options: QuickstartOptions,
  recipe: Recipe,
  output: Output,
  signal: AbortSignal,
): Promise<Result> {
  const started = performance.now();
  const { target, labels, seed, backend, model, out } = options;
  const common = {
    model,
    backend,
    signal,
    onProgress: output.stage,
    onWarning: output.warn,
    overwrite: true,
    validate: false,
    measureOn: 'test' as const,
  };
  const stages = new Map<string, Stage>();
  for (const name of [target, ...othersOf(target)]) {
    const few = name === target;
    output.note(`\n${name}: an adapter on ${few ? `${labels} labels` : 'all labels'}`);
    const run = train({
      ...common,
      ...trainingOptions(recipe, few ? recipe.own : recipe.source, few ? labels : 'all', seed),
      ...{ data: DOMAINS[name].task, adapter: recipe.adapter, name, out: join(out, name) },
    });
    stages.set(name, await follow(run, output));
  }

  // The own adapter comes last: it leads the fusion.
  const adapters = [...othersOf(target), target].map((name) => join(out, name));
  output.note(`\n${target}: the fusion of ${adapters.length} adapters on the same ${labels} labels`);
  const fused = await follow(
    fuse({
      ...common,
      ...trainingOptions(recipe, recipe.fusion, labels, seed),
      ...{ data: DOMAINS[target].task, adapters, name: target, out: join(out, 'fusion') },
    }),
    output,
  );
  const { answers, computed } = await ask(fused.saved.path, target, { model, backend, signal });
  const { rows, attention } = fused.table!;
  return {
    ...{ target, labels, seed, backend, model, out, rows, attention },
    table: withOwn(methodsOf(fused.table!, target), stages.get(target)!, target),
    parameters: fused.saved.parameters,
    bundle: fused.saved.path,
    curves: [...stages, ['fusion', fused] as const]
      .map(([name, { losses }]) => ({ name, losses }))
      // A composition that is not trained has no curve.
      .filter(({ losses }) => losses.length > 0),
    answers,
    computed,
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

/** The table of the fusion, with the target's own adapter as it was trained. */
function withOwn(rows: readonly Row[], { saved, trained }: Stage, target: string): Row[] {
  const accuracy = saved.metrics['accuracy']!;
  const own: Row = { method: 'own', name: `own adapter (${target})`, accuracy, trained };
  return rows.flatMap((row) => (row.method === 'other' ? [own, row] : [row]));
}
