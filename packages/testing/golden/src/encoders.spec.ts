import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, toFloat32 } from '@adapterfusion/checkpoint';
import { nodeFiles } from '@adapterfusion/files-node';
import type { Composition, Model } from '@adapterfusion/model';
import { mergeAdapter } from '@adapterfusion/model/merge';
import { dispose, read, tensorCount, type BackendName } from '@adapterfusion/tensor';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from './adam-run.js';
import { farthest, lacks, open } from './shared.js';
import { batchOf, labelTargets, tinyModelOf } from './tiny-model.js';

/* What fixtures/encoders.py wrote: tiny encoders of every architecture with adapters of every method, a fusion and a head. */

const all = ['base', 'a', 'd', 'l', 'm', 'g', 'i', 'j', 'fuse'];

/** What there is of each architecture. */
export const CASES = { bert: all, roberta: all, 'xlm-roberta': ['base', 'a', 'l', 'fuse'], distilbert: all };

const fixtures = fileURLToPath(new URL('../fixtures/encoders/', import.meta.url));
const TOLERANCE = 1e-5;
const TRAIN = { key: { seed: 0, step: 0, microBatch: 0 } };

const compositionOf = (name: string): Composition | null =>
  name === 'base' ? null : name === 'fuse' ? fuseOfTwo : name;
const fuseOfTwo: Composition = { type: 'fuse', fusion: 'a+b', lead: 'b', inputs: 'lead', children: ['a', 'b'] };

/** A row without padding where the case has a gate, whose mean is over all positions in the reference. */
function batchFor(name: string, folder: string): Batch {
  const whole = JSON.parse(readFileSync(`${folder}/batch.json`, 'utf8')) as Batch;
  if (name !== 'g') return whole;
  return Object.fromEntries(Object.entries(whole).map(([key, rows]) => [key, rows.slice(0, 1)])) as unknown as Batch;
}

/** Forward passes, gradients and merges of one architecture on one backend. */
export function describeEncoder(kind: string, cases: readonly string[], backend: BackendName): void {
  const lack = lacks(backend, { shared: false });
  const folder = `${fixtures}${kind}`;
  describe.skipIf(lack)(lack ?? `${kind} against the reference on ${backend}`, () => {
    let model: Model | undefined;
    let wanted: ReadonlyMap<string, Float32Array>;
    beforeAll(async () => {
      await open(backend);
      const { tensors } = parseSafetensors(readFileSync(`${folder}/expected.safetensors`), kind);
      wanted = new Map([...tensors].map(([name, each]) => [name, toFloat32(each)]));
    });
    afterEach(() => {
      model?.dispose();
      expect(tensorCount()).toBe(0);
    });

    const hiddenOf = async (name: string): Promise<Float32Array> => {
      const { hidden, mask } = model!.forward(batchOf(batchFor(name, folder)));
      const values = await read(hidden);
      dispose([hidden, mask]);
      return values;
    };

    it.each(cases)('%s: forward', async (name) => {
      model = await tinyModelOf(nodeFiles(), folder, compositionOf(name));
      expect(farthest(await hiddenOf(name), wanted.get(`${name}/hidden`)!)).toBeLessThan(TOLERANCE);
      const logits = model.logits(batchOf(batchFor(name, folder)), { head: 'clf' });
      expect(farthest(await read(logits), wanted.get(`${name}/logits`)!)).toBeLessThan(TOLERANCE);
      logits.dispose();
    });

    it.each(cases)('%s: loss and gradients', async (name) => {
      model = await tinyModelOf(nodeFiles(), folder, compositionOf(name));
      const prefix = `${name}/gradients/`;
      const paths = [...wanted.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      expect(paths.length).toBeGreaterThan(3);
      const own = name === 'fuse' ? 'fusions/' : `adapters/${name}/`;
      model.parameters.setTrainable((path) => path.startsWith('heads/') || path.startsWith(own));
      const batch = batchFor(name, folder);
      const { gradients, loss } = model.lossAndGradients(batchOf(batch), labelTargets(batch.labels), {
        head: 'clf',
        train: TRAIN,
      });
      expect((await read(loss))[0]).toBeCloseTo(wanted.get(`${name}/loss`)![0]!, 5);
      expect([...gradients.keys()].sort()).toEqual(paths.sort());
      for (const [path, gradient] of gradients) {
        const want = wanted.get(prefix + path)!;
        const scale = Math.max(1, ...want.map(Math.abs));
        expect(farthest(await read(gradient), want), path).toBeLessThan(TOLERANCE * scale);
      }
      dispose([loss, ...gradients.values()]);
    });

    it.each(cases.filter((name) => 'lmij'.includes(name)))('%s: merged, and taken out again', async (name) => {
      model = await tinyModelOf(nodeFiles(), folder, compositionOf(name));
      const before = await model.parameters.values('');
      const values = [...before].map(([path, { data }]) => [path, Float32Array.from(data)] as const);
      const apart = await hiddenOf(name);
      const merged = await mergeAdapter(model, name);
      expect(model.composition).toBeUndefined();
      expect(farthest(await hiddenOf(name), wanted.get(`${name}/hidden`)!)).toBeLessThan(TOLERANCE);
      merged.undo();
      expect(model.composition).toBe(name);
      const after = await model.parameters.values('');
      for (const [path, data] of values) expect(after.get(path)!.data, path).toEqual(data);
      expect(await hiddenOf(name)).toEqual(apart);
    });
  });
}
