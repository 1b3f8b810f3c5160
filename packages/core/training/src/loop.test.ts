import { beforeAll, describe, expect, it } from 'vitest';
import type { ParameterReference, TrainEvent } from '@adapterfusion/contracts';
import { assign, dispose, fill, mul, openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { labelKind } from '../fixtures/label-kind.js';
import { memoryFiles } from '../fixtures/memory-files.js';
import { LABELS, tinyModel, tinyRows, type TinyModel } from '../fixtures/tiny-model.js';
import { FULL, tinyOptions, tinyRun, type Changes } from '../fixtures/tiny-run.js';
import { stepGradients } from './accumulate.js';
import { checkpointStore, evaluate, trainLoop } from './index.js';

beforeAll(() => openBackend('cpu'));

const code = (code: string, message = /./): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

/** The events of a run on a given model, into `events` as they come. */
async function collect(model: TinyModel, changes: Changes = {}, events: TrainEvent[] = []): Promise<TrainEvent[]> {
  for await (const event of trainLoop(tinyOptions(model, changes))) events.push(event);
  return events;
}

describe('accumulation', () => {
  it.each([{ classWeights: undefined }, { classWeights: [0.5, 2, 1.25] }])(
    'micro-batches give the loss and gradients of one batch (class weights %j)',
    async ({ classWeights }) => {
      const model = tinyModel();
      model.parameters.setTrainable(() => true);
      // The mask of the dropout differs between micro-batches: compare without it.
      const plain: TinyModel = {
        ...model,
        lossAndGradients: (batch, targets, options) =>
          model.lossAndGradients(batch, targets, { ...options, train: undefined as never }),
      };
      const rows = tinyRows(7);
      const input = {
        head: 'task',
        kind: labelKind(LABELS),
        padId: 0,
        key: { seed: 0, step: 0 },
        ...(classWeights ? { classWeights } : {}),
      };
      const whole = await stepGradients(plain, [rows], input);
      const parts = await stepGradients(plain, [rows.slice(0, 4), rows.slice(4)], input);
      expect(parts.loss).toBeCloseTo(whole.loss, 6);
      expect(parts.norm).toBeCloseTo(whole.norm, 6);
      expect(parts.penalty).toBeCloseTo(0.03, 7);
      expect(parts.tokens).toBe(whole.tokens);
      expect(parts.paddedTokens).toBeLessThanOrEqual(whole.paddedTokens);
      for (const [path, gradient] of whole.gradients) {
        const [a, b] = [await read(gradient), await read(parts.gradients.get(path)!)];
        a.forEach((value, index) => expect(b[index]).toBeCloseTo(value, 6));
      }
      dispose([...whole.gradients.values(), ...parts.gradients.values()]);
      model.dispose();
    },
  );

  it('adds the penalty’s gradient once, at full weight', async () => {
    const model = tinyModel();
    model.parameters.setTrainable(() => true);
    const input = { head: 'task', kind: labelKind(LABELS), padId: 0, key: { seed: 0, step: 0 } };
    const batches = [tinyRows(2), tinyRows(3, 2), tinyRows(1, 9)];
    const withPenalty = await stepGradients(model, batches, input);
    const without = await stepGradients({ ...model, penaltyGradients: () => undefined }, batches, input);
    const [a, b] = [withPenalty, without].map(({ gradients }) => read(gradients.get('heads/task/bias')!));
    const difference = await a!;
    (await b!).forEach((value, index) => expect(difference[index]! - value).toBeCloseTo(0.02 * (0 - 1), 6));
    expect(without.penalty).toBe(0);
    dispose([...withPenalty.gradients.values(), ...without.gradients.values()]);
    model.dispose();
  });
});

describe('what trains', () => {
  it('is what the phase says; the rest keeps its values and has no state', async () => {
    const model = tinyModel();
    const before = await model.values();
    const files = memoryFiles();
    const options = tinyOptions(model, { checkpoint: checkpointStore(files, 'run') });
    const phase = { ...options.phase, trains: ({ kind }: ParameterReference) => kind === 'head' };
    const events: TrainEvent[] = [];
    for await (const event of trainLoop({ ...options, phase })) events.push(event);
    expect(events[0]).toMatchObject({ type: 'start', trainable: 3 * 6 + 3 });
    const after = await model.values();
    expect(after['embeddings/table']).toEqual(before['embeddings/table']);
    expect(after['heads/task/weight']).not.toEqual(before['heads/task/weight']);
    for (const bytes of files.contents.values())
      expect(new TextDecoder().decode(bytes.subarray(0, 4000))).not.toContain('embeddings/table');
    model.dispose();
  });
});

describe('settings reach the model', () => {
  it.each(['best', 'last'] as const)('keep %s', async (keep) => {
    const model = tinyModel();
    const after: Record<string, Float32Array>[] = [];
    const best: boolean[] = [];
    for await (const event of trainLoop(tinyOptions(model, { settings: { ...FULL, keep } }))) {
      // The parameters of the last epoch are replaced before its event: take them after its last step.
      if (event.type === 'step' && event.step % 4 === 0) after.push(await model.values());
      if (event.type === 'evaluation') best.push(event.best);
    }
    expect(best.lastIndexOf(true)).toBe(after.length - 3);
    expect(await model.values()).toEqual(after[keep === 'best' ? after.length - 3 : after.length - 1]);
    model.dispose();
  });

  it('class weights, padding, random keys', async () => {
    const model = tinyModel();
    const seen: { keys: string[]; weights: Set<string>; padded: boolean } = {
      keys: [],
      weights: new Set(),
      padded: false,
    };
    const watched: TinyModel = {
      ...model,
      lossAndGradients(batch, targets, options) {
        const { seed, step, microBatch } = options.train.key;
        seen.keys.push(`${seed}/${step}/${microBatch}`);
        seen.weights.add(JSON.stringify(options.weights?.class));
        seen.padded ||= batch.ids.includes(23);
        expect(batch.ids.every((id, index) => batch.mask[index] === 1 || id === 23)).toBe(true);
        return model.lossAndGradients(batch, targets, options);
      },
    };
    const settings = { ...FULL, epochs: 1, batching: 'shuffle' } as const;
    const rows = tinyRows(26).map((row, index) => (index === 0 ? { ...row, target: 1 } : row));
    await collect(watched, { settings, rows, padId: 23 });
    expect(seen.keys).toEqual(['0/0', '0/1', '1/0', '1/1', '2/0', '2/1', '3/0'].map((key) => `11/${key}`));
    const counts = LABELS.map((_, label) => rows.filter((row) => row.target === label).length);
    expect([...seen.weights]).toEqual([JSON.stringify(counts.map((count) => 26 / (3 * count)))]);
    expect(seen.padded).toBe(true);
    model.dispose();
  });
});

describe('a loss that is not finite', () => {
  it('stops before the update, with step, rows and the last good checkpoint', async () => {
    const model = tinyModel();
    const files = memoryFiles();
    let last: Record<string, Float32Array> = {};
    const spoiled: TinyModel = {
      ...model,
      lossAndGradients(batch, targets, options) {
        const result = model.lossAndGradients(batch, targets, options);
        if (options.train.key.step < 5) return result;
        const loss = mul(result.loss, NaN);
        result.loss.dispose();
        return { ...result, loss };
      },
    };
    const before = tensorCount();
    const events: TrainEvent[] = [];
    const run = (async () => {
      for await (const event of trainLoop(tinyOptions(spoiled, { checkpoint: checkpointStore(files, 'run') }))) {
        events.push(event);
        if (event.type === 'step') last = await model.values();
      }
    })();
    await expect(run).rejects.toThrow(
      code('LOSS_NOT_FINITE', /step 6 of 24: .*loss of NaN on rows\.tsv:\d+.*run\/tiny-00000005\.safetensors/),
    );
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(5);
    expect(await model.values()).toEqual(last);
    expect(tensorCount()).toBe(before);
    model.dispose();
  });

  it('is found in the gradients too', async () => {
    const model = tinyModel();
    const spoiled: TinyModel = {
      ...model,
      penaltyGradients: () => ({
        penalty: fill([], 0),
        gradients: new Map([['heads/task/bias', fill([3], Infinity)]]),
      }),
    };
    await expect(collect(spoiled)).rejects.toThrow(code('LOSS_NOT_FINITE', /gradient norm of Infinity.*none/));
    model.dispose();
  });
});

describe('a raised signal', () => {
  it('ends the run after the present step, with a checkpoint', async () => {
    const abort = new AbortController();
    const files = memoryFiles();
    const settings = { ...FULL, checkpointEvery: 0 };
    const { events } = await tinyRun(
      { settings, signal: abort.signal, checkpoint: checkpointStore(files, 'run') },
      (event) => {
        if (event.type === 'step' && event.step === 2) abort.abort();
        return false;
      },
    );
    expect(events.map(({ type }) => type)).toEqual(['start', 'step', 'step', 'checkpoint', 'done']);
    expect(events.at(-1)).toMatchObject({ interrupted: true, steps: 2, stoppedEarly: false });
    expect([...files.contents.keys()]).toEqual(['run/tiny-00000002.safetensors']);
  });

  it('ends a validation between two batches, which a resumed run makes up for', async () => {
    const files = memoryFiles();
    const whole = await tinyRun();
    const abort = new AbortController();
    const model = tinyModel();
    let measured = 0;
    const stopping: TinyModel = {
      ...model,
      logits(batch, options) {
        if (++measured === 2) abort.abort();
        return model.logits(batch, options);
      },
    };
    const first = await collect(stopping, { signal: abort.signal, checkpoint: checkpointStore(files, 'run') });
    model.dispose();
    expect(measured).toBe(2);
    expect(first.slice(-2)).toMatchObject([
      { type: 'checkpoint', step: 4 },
      { type: 'done', interrupted: true, epochs: 0 },
    ]);
    const second = await tinyRun({ checkpoint: checkpointStore(files, 'run') });
    expect(second.events.slice(0, 2)).toMatchObject([{ resumedAt: 4 }, { type: 'evaluation', epoch: 1 }]);
    expect(second.values).toEqual(whole.values);
  });

  it('raised before the first step, trains nothing and writes nothing', async () => {
    const files = memoryFiles();
    const { events } = await tinyRun({ signal: AbortSignal.abort(), checkpoint: checkpointStore(files, 'run') });
    expect(events.map(({ type }) => type)).toEqual(['start', 'done']);
    expect(files.contents.size).toBe(0);
  });

  it('can be raised by a timer: the loop lets others have their turn', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1);
    const settings: Changes['settings'] = { ...FULL, epochs: 1000, patience: 0, keep: 'last' };
    const { events } = await tinyRun({ signal: abort.signal, validation: [], settings });
    expect(events.at(-1)).toMatchObject({ type: 'done', interrupted: true });
  });
});

it('frees everything when its consumer leaves early', async () => {
  const before = tensorCount();
  await tinyRun({}, (event) => event.type === 'step');
  expect(tensorCount()).toBe(before);
});

describe('evaluate', () => {
  it('gives logits and predictions in the order of the rows', async () => {
    const model = tinyModel();
    const rows = tinyRows(11);
    const all = await evaluate(model, rows, {
      head: 'task',
      batchSize: 4,
      metrics: ['accuracy'],
      kind: labelKind(LABELS),
    });
    for (const [index, row] of rows.entries()) {
      const one = await evaluate(model, [row], {
        head: 'task',
        batchSize: 4,
        metrics: ['accuracy'],
        kind: labelKind(LABELS),
      });
      one.outputs[0]!.values.forEach((value, label) => expect(all.outputs[index]!.values[label]).toBeCloseTo(value, 6));
      expect(all.predictions[index]).toBe(one.predictions[0]);
    }
    const right = all.predictions.filter((label, index) => label === rows[index]!.target).length;
    expect(all.metrics).toEqual({ accuracy: right / rows.length });
    model.dispose();
  });

  it('refuses logits that are not numbers', async () => {
    const model = tinyModel();
    const nothing = fill([3], NaN);
    assign(model.parameters.get('heads/task/bias'), nothing);
    const options = { head: 'task', batchSize: 4, metrics: ['accuracy'], kind: labelKind(LABELS) };
    await expect(evaluate(model, tinyRows(2), options)).rejects.toThrow(code('LOSS_NOT_FINITE', /rows\.tsv/));
    nothing.dispose();
    model.dispose();
  });
});

describe('what cannot be trained is refused', () => {
  it.each<[string, Changes, Error]>([
    ['no rows', { rows: [] }, code('DATA_INVALID', /rows to train on/)],
    ['patience without validation', { validation: [] }, code('OPTIONS_INVALID', /settings\.patience/)],
    ['keep best without metric', { metrics: [], settings: { keep: 'best' } }, code('OPTIONS_INVALID', /keep = "best"/)],
  ])('%s', async (_, changes, error) => {
    await expect(tinyRun(changes)).rejects.toThrow(error);
  });

  it('a phase in which nothing trains, or whose name is none', async () => {
    const model = tinyModel();
    const options = tinyOptions(model);
    const first = (changes: object) => trainLoop({ ...options, phase: { ...options.phase, ...changes } }).next();
    await expect(first({ trains: () => false })).rejects.toThrow(code('COMPOSITION_INVALID'));
    await expect(first({ name: 'a/b' })).rejects.toThrow(code('NAME_INVALID'));
    model.dispose();
  });
});
