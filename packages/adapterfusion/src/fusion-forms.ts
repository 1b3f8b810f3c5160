import { AdapterFusionError, type Fields } from '@adapterfusion/contracts';
import { textbook } from '@adapterfusion/fusion-attention';
import { nodesOf, type Composition, type Model } from '@adapterfusion/model';
import { fusionAttention } from './attention-summary.js';
import { scoreRows, type EvaluationRows } from './evaluation-rows.js';
import type { AttentionSummary } from './events.js';
import type { Answering, PredictOptions } from './load.js';
import { ExampleEncoder } from './prediction.js';
import type { Session } from './session.js';

/** How a fusion is computed: as the paper writes it; as it is trained; folded, as `load` predicts. */
export type FusionForm = 'textbook' | 'factored' | 'compiled';

/** What a form of a set-up is worth, and how fast it is. */
export interface Timed {
  readonly metrics: { readonly [name: string]: number };
  /** From texts to labels, milliseconds a row. */
  readonly msPerRow: number;
}

export type Fuse = Extract<Composition, { type: 'fuse' }>;

/** Measures a model as it stands, warmed up by a row. */
export async function timed(
  { model, answers }: Answering,
  rows: EvaluationRows,
  settings: PredictOptions,
): Promise<Timed> {
  const inputs = rows.examples as readonly Fields[];
  await model.predict(inputs.slice(0, 1), settings);
  const begun = performance.now();
  const predictions = await model.predict<object>(inputs, settings);
  const msPerRow = (performance.now() - begun) / inputs.length;
  return { metrics: scoreRows(rows, answers, predictions).metrics, msPerRow };
}

/** Measures a fusion in its forms. */
export async function measureForms(
  model: Model,
  fusion: string,
  answering: Answering,
  rows: EvaluationRows,
  settings: PredictOptions,
): Promise<(Timed & { readonly form: FusionForm })[]> {
  const measure = async (form: FusionForm) => ({ form, ...(await timed(answering, rows, settings)) });
  return [
    ...(await asTextbook(model, fusion, () => measure('textbook'))),
    await whileTraining(model, fusion, () => measure('factored')),
    await measure('compiled'),
  ];
}

/** Mean fusion weights on rows. */
export function attentionOn(
  session: Session,
  { model: { maxLength: own }, answers }: Answering,
  { examples }: EvaluationRows,
  head: string,
  { maxLength = own, signal }: PredictOptions,
): Promise<AttentionSummary> {
  const { model, tokenizer } = session;
  const encoder = new ExampleEncoder(answers.kind, tokenizer, Math.min(maxLength, model.backbone.maxLength));
  for (const example of examples) encoder.add(example);
  return fusionAttention(session, encoder.encoded.rows, head, signal);
}

/** The fusion of a composition. @throws UNSUPPORTED where there is not one */
export function onlyFusion(model: Model, at: string): Fuse {
  const fuses = nodesOf(model.composition ?? { type: 'none' }).filter(
    (each): each is Fuse => typeof each !== 'string' && each.type === 'fuse',
  );
  if (fuses.length === 1) return fuses[0]!;
  throw new AdapterFusionError('UNSUPPORTED', {
    at,
    expected: 'a composition with one fusion',
    got: fuses.length === 0 ? 'none' : fuses.map(({ fusion }) => fusion).join(', '),
    fix: 'Name a bundle that "fuse" wrote.',
  });
}

/** Does something with a fusion computed as the paper writes it; nothing with one that is none of the paper's. */
async function asTextbook<T>(model: Model, name: string, work: () => Promise<T>): Promise<T[]> {
  const held = model.fusions.get(name)!;
  if (held.configured.plugin.packageName !== textbook.plugin.packageName) return [];
  const configured = textbook(held.configured.options as object);
  const { attentionDropout } = model.backbone;
  model.fusions.set(name, { ...held, instance: configured.create({ attentionDropout }) });
  model.compose(model.composition);
  try {
    return [await work()];
  } finally {
    model.fusions.set(name, held);
    model.compose(model.composition);
  }
}

/** Does something while a fusion's parameters train: nothing of them is folded then. */
async function whileTraining<T>(model: Model, name: string, work: () => Promise<T>): Promise<T> {
  model.parameters.setTrainable((path) => path.startsWith(`fusions/${name}/`));
  try {
    return await work();
  } finally {
    model.parameters.setTrainable(() => false);
  }
}
