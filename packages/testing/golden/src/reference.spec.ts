import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileForInference, nodesOf, type Composition, type Model } from '@adapterfusion/model';
import { dispose, read, tensorCount, type BackendName } from '@adapterfusion/tensor';
import { batchOf, CASES, tinyModel } from './tiny.js';
import { farthest, flat, json, lacks, open } from './shared.js';

interface Expected {
  input_ids: number[][];
  attention_mask: number[][];
  token_type_ids: number[][];
  cases: Record<
    string,
    {
      layer_outputs: number[][][][];
      last_hidden_state: number[][][];
      logits_clf: number[][];
      fusion_attentions?: Record<string, Record<string, Record<string, number[][][]>>>;
    }
  >;
}

const TOLERANCE = 1e-5;

/** Every forward case of the reference on one backend. */
export function describeReference(backend: BackendName): void {
  const lack = lacks(backend, { shared: true });
  describe.skipIf(lack)(lack ?? `reference on ${backend}`, () => {
    let expected: Expected;
    let model: Model | undefined;
    beforeAll(async () => {
      await open(backend);
      expected = json('golden/adapterhub-tiny/expected.json');
    });
    afterEach(() => {
      model?.dispose();
      expect(tensorCount()).toBe(0);
    });

    const outputs = async (composition: Composition | null, skip: number[] | undefined, compiled = false) => {
      model = await tinyModel(composition);
      if (compiled) expect(compileForInference(model)).toHaveLength(1);
      const batch = batchOf(expected);
      const options = skip ? { skip } : {};
      const { hidden, mask, attention, hiddenStates } = model.forward(batch, {
        ...options,
        attention: true,
        hiddenStates: true,
      });
      const logits = model.logits(batch, { head: 'clf', ...options });
      const result = {
        hidden: await read(hidden),
        logits: await read(logits),
        layers: await Promise.all(hiddenStates.map(read)),
        attention: await Promise.all(attention.map(async (each) => ({ ...each, values: await read(each.weights) }))),
      };
      dispose([hidden, mask, logits, ...hiddenStates, ...attention.map(({ weights }) => weights)]);
      return result;
    };

    const fused = (composition: Composition | null): boolean =>
      nodesOf(composition ?? { type: 'none' }).some((node) => typeof node !== 'string' && node.type === 'fuse');
    const runs = Object.entries(CASES).flatMap(([name, { composition, skip }]) => [
      { title: name, name, composition, skip, compiled: false },
      ...(fused(composition) ? [{ title: `${name}, compiled`, name, composition, skip, compiled: true }] : []),
    ]);
    it.each(runs)('$title', async ({ name, composition, skip, compiled }) => {
      const wanted = expected.cases[name]!;
      const got = await outputs(composition, skip, compiled);
      expect(got.layers).toHaveLength(wanted.layer_outputs.length);
      for (const [layer, values] of got.layers.entries())
        expect(farthest(values, flat(wanted.layer_outputs[layer]))).toBeLessThan(TOLERANCE);
      expect(farthest(got.hidden, flat(wanted.last_hidden_state))).toBeLessThan(TOLERANCE);
      expect(farthest(got.logits, flat(wanted.logits_clf))).toBeLessThan(TOLERANCE);
      const seen = got.attention.map(({ names, site }) => `${names.join(',')} ${site.name}`);
      const listed = Object.entries(wanted.fusion_attentions ?? {}).flatMap(([fusion, layers]) =>
        Object.entries(layers).flatMap(([layer, places]) =>
          Object.keys(places).map((place) => `${fusion} ${layer}/${place}`),
        ),
      );
      expect(seen.sort()).toEqual(listed.sort());
      for (const { names, site, values } of got.attention) {
        const want = wanted.fusion_attentions![names.join(',')]![site.layer]![site.location]!;
        expect(farthest(values, flat(want))).toBeLessThan(TOLERANCE);
      }
    });

    it('average: the mean of the two, where the reference divides by their number once more', async () => {
      const average: Composition = { type: 'average', children: ['mnli', 'qqp'] };
      const wrong = expected.cases.average_mnli_qqp_AS_IMPLEMENTED!;
      const right = await outputs(average, undefined);
      expect(farthest(right.hidden, flat(wrong.last_hidden_state))).toBeGreaterThan(0.1);
      model!.dispose();
      const halved = await outputs({ type: 'average', weights: [1, 1], children: ['mnli', 'qqp'] }, undefined);
      expect(farthest(halved.hidden, right.hidden)).toBe(0);
      model!.dispose();
      const same = await outputs({ type: 'average', children: ['mnli', 'mnli'] }, undefined);
      expect(farthest(same.hidden, flat(expected.cases.single_mnli!.last_hidden_state))).toBeLessThan(TOLERANCE);
    });
  });
}
