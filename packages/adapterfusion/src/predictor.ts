import {
  AdapterFusionError,
  option,
  parseOptions,
  type AnyPlugin,
  type Example,
  type Fields,
  type RowOutput,
} from '@adapterfusion/contracts';
import { runBatches } from '@adapterfusion/training';
import { averaged, checkParts, classified, meanWeights, rowsOfBranches } from './batch-answers.js';
import { checkOptions } from './known-options.js';
import type { LoadedModel, LoadOptions, PredictOptions } from './load.js';
import type { OpenKind } from './open-kind.js';
import { pause } from './pause.js';
import { checkFields, withKindHint } from './kind-hints.js';
import { parseRow } from './kind-rows.js';
import { ExampleEncoder, type Input, type Prediction } from './prediction.js';
import type { Session } from './session.js';
import { checkMaxLength } from './trained-length.js';
import { TokenCounter, tokenWarnings } from './unknown-tokens.js';

const RUN = {
  batchSize: option.number(32, { min: 1, integer: true }),
};

/** What answers: heads with their task kinds, one or one for each branch. */
interface PredictingHeads {
  readonly heads: readonly string[];
  readonly kinds: readonly OpenKind[];
  /** Names of the branches; none where one head answers. */
  readonly branches: readonly string[];
  /** Longest input in tokens. */
  readonly maxLength: number;
}

/** The `predict` of a loaded model. */
export function predictor(
  { model, tokenizer, registry }: Session,
  { heads, kinds, branches, maxLength: ownLength }: PredictingHeads,
  { onProgress, onWarning }: LoadOptions,
): LoadedModel['predict'] {
  // Measuring a model in several forms predicts the same inputs again.
  const warned = new Set<string>();
  return async <A extends object>(
    inputs: Parameters<LoadedModel['predict']>[0],
    options: PredictOptions = {},
  ): Promise<Prediction<A>[]> => {
    checkOptions(options, 'predict');
    const { batchSize } = parseOptions(RUN, { batchSize: options.batchSize }, 'predict');
    checkLayers(options.skip ?? [], model.backbone.layers);
    const wanted = checkMaxLength(options.maxLength, 'predict') ?? ownLength;
    const maxLength = Math.min(wanted, model.backbone.maxLength);
    const { task, kind } = kinds[0]!;
    const fields = inputs.map((input, index) => fieldsOf(input, index, task.plugin));
    const fieldsAt = (at = ''): Fields | undefined => fields.find(([place]) => place === at)?.[1];
    const parseAll = (): Example[] =>
      fields.map(([at, each]) => {
        checkFields(task.plugin, registry, each, at, false);
        return parseRow(kind, each, at);
      });
    const examples = await withKindHint(task.plugin, registry, fieldsAt, parseAll, false);
    const encoder = new ExampleEncoder(kind, tokenizer, maxLength);
    for (const [index, example] of examples.entries()) {
      if (index % 512 === 0) await pause(options.signal, 'predict');
      encoder.add(example);
    }
    const { rows, starts, cut } = encoder.encoded;
    if (cut > 0) onWarning?.(`${cut} of ${inputs.length} inputs cut to ${maxLength} tokens.`);
    const counter = new TokenCounter(tokenizer);
    for (const row of rows) counter.add(row);
    for (const warning of tokenWarnings('the inputs', counter.counts)) {
      if (!warned.has(warning)) onWarning?.(warning);
      warned.add(warning);
    }
    options.onTokens?.(counter.counts);
    const run = {
      attention: options.attention ?? false,
      ...(options.mask ? { mask: options.mask } : {}),
      ...(options.skip ? { skip: options.skip } : {}),
    };
    const rowGroup = model.rowGroup();
    if (rowGroup !== undefined) checkParts(rowGroup, rows.length, run.attention);
    const outputs = new Array<{ readonly branch: number; readonly output: RowOutput }[]>(rows.length);
    const weights = new Array<Record<string, number[]>>(rows.length);
    let done = 0;
    const batches = { batchSize, rowGroup, padId: tokenizer.padId, signal: options.signal, at: 'predict' };
    for await (const { indices, batch } of runBatches(rows, batches)) {
      const { logits, attention } = classified(model, batch, heads, run);
      const answers = await rowsOfBranches(logits, indices.length, batch);
      const means = await averaged(attention, batch.mask, batch.shape, batch.groups);
      indices.forEach((index, row) => {
        [outputs[index], weights[index]] = [answers[row]!, means[row]!];
      });
      onProgress?.({ stage: 'predict', done: (done += indices.length), total: rows.length });
    }
    return examples.map((example, index): Prediction<A> => {
      const own = { from: starts[index]!, until: starts[index + 1]! };
      const [first] = outputs.slice(own.from, own.until) as [(typeof outputs)[number]];
      const given = first.map(({ branch }, place) => {
        const found = outputs.slice(own.from, own.until).map((row) => row[place]!.output);
        const answer = kinds[branch]!.kind.decode(found, rows.slice(own.from, own.until), example) as A;
        return { ...answer, ...(options.logits ? { logits: found.flatMap(({ values }) => [...values]) } : {}) };
      });
      return {
        ...given[0]!,
        ...(given.length > 1 ? { branches: Object.fromEntries(given.map((each, at) => [branches[at]!, each])) } : {}),
        ...(options.attention ? { attention: meanWeights(weights.slice(own.from, own.until)) } : {}),
      };
    });
  };
}

/** An input's place for messages, and its fields without those of the target. */
function fieldsOf(
  input: Input,
  index: number,
  { supports: { columns } }: AnyPlugin<'task'>,
): [at: string, fields: Fields] {
  if (typeof input === 'string') return [`inputs[${index}]`, { text: input }];
  const { at, ...given } = input as Fields;
  const kept = Object.entries(given).filter(([name]) => !columns[name]?.target);
  return [typeof at === 'string' ? at : `inputs[${index}]`, Object.fromEntries(kept)];
}

/** @throws OPTIONS_INVALID for a layer that the encoder does not have */
function checkLayers(skip: readonly number[], layers: number): void {
  const strange = skip.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= layers);
  if (strange === undefined) return;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'predict.skip',
    expected: `layers from 0 to ${layers - 1}`,
    got: String(strange),
    fix: 'Layers are counted from 0.',
  });
}
