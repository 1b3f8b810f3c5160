import { join } from 'node:path';
import type { Output } from '@adapterfusion/terminal';
import { fuse, load, train, type CommonOptions, type TableEvent } from 'adapterfusion';
import { DOMAINS, NAMES, othersOf, type DomainName } from './domains.js';
import { trainingOptions, type Pace, type Recipe } from './recipe.js';
import type { Answer, Result, Row } from './result.js';
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

/** Rows of a domain to train on, about; only for counting epochs. */
const ALL = 590;

/**
 * Trains an adapter for each domain, the target's on its few labels; fuses them for the target; measures it on the target's
 * test rows; predicts three sentences with what was saved.
 * @returns undefined where it was interrupted
 */
export async function quickstart(
  options: QuickstartOptions,
  recipe: Recipe,
  output: Output,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const started = performance.now();
  const { target, labels, seed, backend, model, out } = options;
  const common = { model, backend, signal, onProgress: output.stage, onWarning: output.warn, overwrite: true };
  const budget = { trainRows: labels, measureOn: 'test' as const };
  // The own adapter comes last: it leads the fusion.
  const names = [...othersOf(target), target];
  const stages = new Map<string, Stage>();

  for (const name of names) {
    const few = name === target;
    output.note(
      `\n${few ? `${name}, the target: an adapter on ${labels} labels` : `${name}: an adapter on all labels`}`,
    );
    const pace: Pace = few ? recipe.own : recipe.source;
    const run = train({
      ...common,
      ...trainingOptions(recipe, pace, few ? labels : ALL, seed),
      ...(few ? budget : {}),
      ...{ data: DOMAINS[name].task, adapter: recipe.adapter, name, out: join(out, name) },
    });
    const stage = await follow(run, output);
    if (!stage) return undefined;
    stages.set(name, stage);
  }

  output.note(`\n${target}: the fusion of ${NAMES.length} adapters on the same ${labels} labels`);
  const fused = await follow(
    fuse({
      ...common,
      ...trainingOptions(recipe, recipe.fusion, labels, seed),
      ...budget,
      ...{ data: DOMAINS[target].task, adapters: names.map((name) => join(out, name)) },
      ...{ name: target, out: join(out, 'fusion') },
    }),
    output,
  );
  if (!fused?.table) return undefined;
  const { answers, computed } = await ask(fused.saved.path, target, { model, backend, signal });
  return {
    ...options,
    rows: fused.table.rows,
    table: rowsOf(fused.table, stages.get(target)!, target),
    attention: fused.table.attention,
    parameters: fused.saved.parameters,
    bundle: fused.saved.path,
    curves: [...stages, ['fusion', fused] as const].map(([name, { losses }]) => ({ name, losses })),
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

/** The table of the fusion, with the target's own adapter as it was trained, and the best of the other domains'. */
export function rowsOf({ table, singles }: TableEvent, own: Stage, target: string): Row[] {
  const row = (way: Row['way'], name: string): Row => {
    const { metrics, trained } = table.find((each) => each.way === way)!;
    return { way, name, accuracy: metrics['accuracy']!, trained };
  };
  const others = singles.filter(({ adapter }) => adapter !== target);
  const best = others.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  return [
    row('majority', 'most frequent label'),
    row('embedding', 'embedding + logistic regression'),
    row('head', 'head only'),
    { way: 'own', name: `own adapter (${target})`, accuracy: own.saved.metrics['accuracy']!, trained: own.trained },
    {
      way: 'other',
      name: `best other domain's adapter (${best.adapter})`,
      accuracy: best.metrics['accuracy']!,
      trained: best.trained,
    },
    row('average', 'average of the adapters'),
    row('fusion', 'fusion'),
  ];
}
