import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensors, toFloat32 } from '@adapterfusion/checkpoint';
import type { Model } from '@adapterfusion/model';
import { dispose, read, tensorCount, type BackendName } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { adamRun, differentiate, LEARNING_RATE, type Batch } from './adam-run.js';
import { KINDS, letTrain, type Kind } from './kinds.js';
import { farthest, json, lacks, open, shared } from './shared.js';
import { pathOf } from './stored-names.js';
import { CASES, tinyModel } from './tiny.js';

type Curve = { ce: number; reg?: number }[];
type Training = Record<'fusion' | 'adapter' | 'full', { ce_first_batch_of_expected: number; curve: Curve }> & {
  batches: Batch[];
  'fusion-logit-dropout': { ce: number; reg: number; p: number; key_bias_gradient_norms: number[] };
};

const folder = 'golden/adapterhub-tiny/training/';

/**
 * A key bias moves all logits of a token alike: its gradient is what is left of a sum that cancels, in float32 to some
 * 1e-8 in the reference as here.
 */
const floorOf = (path: string): number => (path.endsWith('key.bias') ? 1e-7 : 0);

function stored(file: string): Map<string, Float32Array> {
  const { tensors } = parseSafetensors(readFileSync(shared(folder + file)), file);
  return new Map([...tensors.values()].map((each) => [pathOf(each.name), toFloat32(each)]));
}

/**
 * Lets dropout use these masks `[batch, time, children]`, 1 = kept, one after another, of which the last layer, where only the
 * first token is read, takes that token's. @returns what puts the real kernel back
 */
function drawMasks(masks: Float32Array[], probability: number): () => void {
  const backendName = tf.getBackend();
  const real = tf.getKernel('AfDropout', backendName);
  tf.unregisterKernel('AfDropout', backendName);
  let next = 0;
  tf.registerKernel({
    ...real,
    kernelFunc: ({ inputs }) => {
      const x = inputs['x'] as tf.Tensor;
      const [batch, tokens, children] = x.shape as [number, number, number];
      const given = masks[next++]!;
      const time = given.length / (batch * children);
      const taken = given.filter((_, index) => Math.floor(index / children) % time < tokens);
      const mask = tf.tensor(
        taken.map((kept) => kept / (1 - probability)),
        x.shape,
      );
      return [tf.mul(x, mask), mask];
    },
  });
  return () => {
    tf.unregisterKernel('AfDropout', backendName);
    tf.registerKernel(real);
    expect(next).toBe(masks.length);
  };
}

/** Gradients, AdamW steps and loss curves of the reference on one backend. */
export function describeTraining(backend: BackendName): void {
  const lack = lacks(backend, { shared: true });
  describe.skipIf(lack)(lack ?? `training against the reference on ${backend}`, () => {
    let training: Training;
    let first: Batch;
    let model: Model;
    beforeAll(async () => {
      await open(backend);
      training = json(`${folder}training.json`);
      first = json('golden/adapterhub-tiny/expected.json');
    });
    afterEach(() => {
      model.dispose();
      expect(tensorCount()).toBe(0);
    });

    const prepare = async (kind: Kind) => {
      model = await tinyModel(CASES[KINDS[kind].case]!.composition);
      await letTrain(model, kind);
      return new Set(stored(`${kind}.gradients.safetensors`).keys());
    };

    const expectGradients = async (
      gradients: ReadonlyMap<string, { data(): Promise<unknown> }>,
      file: string,
      isNoise: (path: string) => boolean,
    ) => {
      const wanted = stored(file);
      expect([...gradients.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [path, want] of wanted) {
        const got = (await gradients.get(path)!.data()) as Float32Array;
        if (isNoise(path)) expect(Math.max(...got.map(Math.abs)), path).toBeLessThan(1e-7);
        else
          expect(farthest(got, want), path).toBeLessThan(
            Math.max(1e-5 * Math.max(...want.map(Math.abs)), floorOf(path)),
          );
      }
    };

    it.each(Object.keys(KINDS) as Kind[])('%s: gradients', async (kind) => {
      await prepare(kind);
      const { loss, penalty, gradients } = await differentiate(model, first);
      expect(loss).toBeCloseTo(training[kind].ce_first_batch_of_expected, 5);
      if (kind === 'fusion') expect(penalty).toBeCloseTo(training.fusion.curve[0]!.reg!, 6);
      await expectGradients(gradients, `${kind}.gradients.safetensors`, (path) => path.endsWith('key.bias'));
      dispose([...gradients.values()]);
    });

    it.each(Object.keys(KINDS) as Kind[])('%s: 50 AdamW steps', async (kind) => {
      const paths = await prepare(kind);
      const trained = model.parameters.trainable();
      const early = await firstGradients();
      let [step, before] = [0, 0];
      for await (const { loss, penalty } of adamRun(model, training.batches)) {
        const want = training[kind].curve[step]!;
        expect(Math.abs(loss - want.ce)).toBeLessThan(1e-4);
        if (want.reg !== undefined) expect(Math.abs(penalty! - want.reg)).toBeLessThan(1e-4);
        if (step === 0) before = tensorCount();
        expect(tensorCount()).toBe(before);
        step++;
        if (step !== 5) continue;
        for (const [path, wanted] of stored(`${kind}.after5.safetensors`)) {
          if (!paths.has(path)) continue;
          const got = await read(trained.get(path)!);
          wanted.forEach((value, index) => {
            const sure = Math.abs(early.get(path)![index]!) > 1e-5;
            expect(Math.abs(got[index]! - value), path).toBeLessThan(sure ? 1e-5 : 5 * LEARNING_RATE);
          });
        }
      }
      expect(step).toBe(50);
      for (const [path, wanted] of stored(`${kind}.after50.safetensors`))
        if (!path.endsWith('key.bias'))
          expect(farthest(await read(trained.get(path)!), wanted), path).toBeLessThan(50 * LEARNING_RATE);
    });

    it('fusion with dropout on the logits under given masks', async () => {
      const { ce, reg, p, key_bias_gradient_norms: norms } = training['fusion-logit-dropout'];
      model = await tinyModel(CASES.fuse3_dynamic!.composition, { dropout_prob: p });
      await letTrain(model, 'fusion');
      const masks = parseSafetensors(
        readFileSync(shared(`${folder}fusion-logit-dropout.masks.safetensors`)),
        'masks',
      ).tensors;
      const restore = drawMasks(
        [0, 1].map((layer) => toFloat32(masks.get(`layer.${layer}`)!)),
        p,
      );
      const { loss, penalty, gradients } = await differentiate(model, first);
      restore();
      expect(loss).toBeCloseTo(ce, 5);
      expect(penalty).toBeCloseTo(reg, 6);
      await expectGradients(gradients, 'fusion-logit-dropout.gradients.safetensors', () => false);
      for (const [layer, norm] of norms.entries()) {
        const bias = await read(gradients.get(`fusions/mnli+qqp+sst/${layer}/output_adapter/key.bias`)!);
        expect(Math.hypot(...bias)).toBeCloseTo(norm, 6);
      }
      dispose([...gradients.values()]);
    });

    /** Gradients on the first of the fifty batches, before any step. */
    const firstGradients = async (): Promise<Map<string, Float32Array>> => {
      const batch = training.batches[0]!;
      const { gradients } = await differentiate(model, batch);
      const values = new Map<string, Float32Array>();
      for (const [path, gradient] of gradients) values.set(path, await read(gradient));
      dispose([...gradients.values()]);
      return values;
    };
  });
}
