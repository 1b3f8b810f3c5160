import {
  definePlugin,
  hash32,
  option,
  parseOptions,
  type LossBatch,
  type ParameterReference,
  type Phase,
  type RowOutput,
  type Trainer,
} from '@adapterfusion/contracts';
import {
  add,
  crossEntropy,
  gatherRows,
  intTensor,
  linear,
  logSoftmax,
  mean,
  mul,
  softmax,
  sum,
  tensor,
} from '@adapterfusion/tensor';

/* Trainers of third parties: they use the contract and the operations of tensors, nothing else. */

export const identity = { packageName: '@third-party/trainers', packageVersion: '1.0.0' };

/** Layer-wise learning-rate decay (ELECTRA): a layer learns `decay` times as fast as the one above; a cosine schedule. */
export const layerDecay = definePlugin<'trainer', { decay: number }>({
  kind: 'trainer',
  id: 'layer-decay',
  ...identity,
  supports: { resume: true, trains: ['encoder'] },
  options: (input) => parseOptions({ decay: option.number(0.5, { min: 0, max: 1 }) }, input, 'layer-decay'),
  create: ({ decay }): Trainer => ({
    defaults: { learningRate: 1e-3, schedule: 'cosine', weightDecay: 0.01 },
    async *run(ctx) {
      /** Of the embeddings 0, of layer n n + 1, of everything above the layers one more than they are. */
      const depth = ({ parameter }: ParameterReference): number => {
        const [, layer] = /layer\.(\d+)\./.exec(parameter) ?? [];
        return layer !== undefined ? Number(layer) + 1 : parameter.startsWith('embeddings') ? 0 : ctx.layers + 1;
      };
      const encoder = new Set(ctx.encoder);
      yield* ctx.loop({
        name: 'layer-decay',
        trains: ({ kind, name, parameter }) =>
          kind === 'encoder' ? encoder.has(parameter) : kind === 'head' && name === ctx.head,
        groups: (parameter) => {
          if (parameter.kind !== 'encoder') return undefined;
          const unscaled = /bias$|LayerNorm/.test(parameter.parameter) ? { weightDecay: 0 } : {};
          return { learningRate: decay ** (ctx.layers + 1 - depth(parameter)), ...unscaled };
        },
        settings: ctx.settings,
      });
    },
  }),
});

/** Loss of soft targets (Hinton et al. 2015), half and half with the head's own. */
function distilled({ outputs, rows, headLoss }: LossBatch, teacher: ReadonlyMap<number, RowOutput>, heat: number) {
  const scores = rows.flatMap((row) => [...teacher.get(row)!.values]);
  const wanted = softmax(mul(tensor(scores, outputs.shape), 1 / heat));
  const soft = mul(mean(sum(mul(wanted, logSoftmax(mul(outputs, 1 / heat))), 1)), -heat * heat);
  return mul(add(soft, headLoss()), 0.5);
}

/**
 * Cross-fitted self-distillation: an adapter for each fold, trained without the fold's rows, is the teacher for them; the last
 * adapter learns from all rows with the teachers' outputs.
 */
export const crossDistil = definePlugin<'trainer', { folds: number; heat: number }>({
  kind: 'trainer',
  id: 'cross-distil',
  ...identity,
  supports: { resume: true, trains: ['adapter'] },
  options: (input) =>
    parseOptions(
      { folds: option.number(2, { min: 2, integer: true }), heat: option.number(2, { min: 1 }) },
      input,
      'cross-distil',
    ),
  create: ({ folds, heat }): Trainer => ({
    defaults: { optimizer: 'sgd', momentum: 0.9, learningRate: 0.05 },
    async *run(ctx) {
      const [task] = ctx.tasks;
      const { settings, head } = ctx;
      const trains: Phase['trains'] = ({ kind }) => kind === 'adapter' || kind === 'head';
      // Every class is dealt to the folds in turn.
      const seen = new Map<number, number>();
      const foldOf = Array.from({ length: task!.rows }, (_, place) => {
        const stratum = task!.stratum(place) ?? 0;
        seen.set(stratum, (seen.get(stratum) ?? 0) + 1);
        return seen.get(stratum)! % folds;
      });
      const placesOf = (wanted: (fold: number) => boolean): number[] =>
        foldOf.flatMap((fold, place) => (wanted(fold) ? [place] : []));
      const restart = await ctx.snapshot(trains);
      const teacher = new Map<number, RowOutput>();
      for (let fold = 0; fold < folds; fold++) {
        const rows = { [head]: placesOf((each) => each !== fold) };
        for await (const event of ctx.loop({ name: `fold-${fold}`, trains, rows, settings })) {
          yield event;
          if (event.type === 'done' && event.interrupted) return;
        }
        const left = placesOf((each) => each === fold);
        (await ctx.outputs(left)).forEach((output, at) => teacher.set(left[at]!, output));
        restart();
      }
      const loss = (batch: LossBatch) => distilled(batch, teacher, heat);
      yield* ctx.loop({ name: 'student', trains, loss, settings });
    },
  }),
});

/** Supervised contrastive learning (InfoNCE) of pairs of rows with one label, then the head. */
export const contrastive = definePlugin<'trainer', { pairs: number }>({
  kind: 'trainer',
  id: 'contrastive',
  ...identity,
  supports: { resume: true, trains: ['adapter'] },
  options: (input) => parseOptions({ pairs: option.number(2, { min: 2, integer: true }) }, input, 'contrastive'),
  create: ({ pairs }): Trainer => ({
    defaults: { learningRate: 1e-3 },
    async *run(ctx) {
      const [task] = ctx.tasks;
      const { seed } = ctx.settings;
      const classes = new Map<number, number[]>();
      for (let place = 0; place < task!.rows; place++) {
        const stratum = task!.stratum(place)!;
        classes.set(stratum, [...(classes.get(stratum) ?? []), place]);
      }
      const draw = (places: readonly number[], ...key: number[]): number =>
        places[hash32(seed, ...key) % places.length]!;
      for await (const event of ctx.loop({
        name: 'contrast',
        trains: ({ kind }) => kind === 'adapter',
        batches: (epoch) =>
          Array.from({ length: 6 }, (_, batch) =>
            [...classes.values()]
              .slice(0, pairs)
              .flatMap((places, pair) => [draw(places, epoch, batch, pair, 0), draw(places, epoch, batch, pair, 1)]),
          ),
        loss: ({ features }) => {
          const every = (second: number) =>
            gatherRows(
              features,
              intTensor(
                Array.from({ length: pairs }, (_, pair) => 2 * pair + second),
                [pairs],
              ),
            );
          const likeness = mul(linear(every(0), every(1)), 0.1);
          return crossEntropy(
            likeness,
            Array.from({ length: pairs }, (_, pair) => pair),
          );
        },
        settings: { ...ctx.settings, keep: 'last', patience: 0 },
      })) {
        yield event;
        if (event.type === 'done' && event.interrupted) return;
      }
      yield* ctx.loop({ name: 'head', trains: ({ kind }) => kind === 'head', settings: ctx.settings });
    },
  }),
});
