import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dispose, read } from '@adapterfusion/tensor';
import { json, lacks, open } from './shared.js';
import { batchOf, CASES, labelTargets, tinyModel } from './tiny.js';
import { KINDS, letTrain, type Kind } from './kinds.js';
import { pathOf } from './stored-names.js';

type Moments = [mean: number, deviation: number];
type Reference = { dropout: number; draws: number } & Record<
  Kind,
  { loss: Moments; gradients: Record<string, Moments> }
>;

const reference = JSON.parse(
  readFileSync(new URL('../fixtures/dropout-moments.json', import.meta.url), 'utf8'),
) as Reference;
const DRAWS = 300;
/** Standard errors; the draws are seeded, so that the result is the same in every run. */
const FARTHEST = 4;

function momentsOf(values: number[]): Moments {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return [mean, Math.sqrt(squares / (values.length - 1))];
}

/** Smaller norms are rounding: a key's bias has no gradient where none of its logits was dropped. */
const FLOOR = 1e-6;

/** The difference of two means in its standard errors. */
function distance(ours: Moments, theirs: Moments): number {
  const error = Math.sqrt(ours[1] ** 2 / DRAWS + theirs[1] ** 2 / reference.draws);
  const difference = Math.abs(ours[0] - theirs[0]);
  return difference < 1e-5 ? 0 : difference / error;
}

/** The same masks cannot be had from torch: compared is what the losses and gradients are over many draws. */
const lack = lacks('native', { shared: true });
describe.skipIf(lack)(lack ?? 'dropout in training, against the reference', () => {
  it.each(Object.keys(KINDS) as Kind[])(
    '%s: losses and gradients over many draws',
    { timeout: 120_000 },
    async (kind) => {
      await open('native');
      const { input_ids, attention_mask, token_type_ids, labels } = json<
        Parameters<typeof batchOf>[0] & { labels: number[] }
      >('golden/adapterhub-tiny/expected.json');
      const batch = batchOf({ input_ids, attention_mask, ...(token_type_ids ? { token_type_ids } : {}) });
      const model = await tinyModel(CASES[KINDS[kind].case]!.composition, {}, reference.dropout);
      await letTrain(model, kind);
      const losses: number[] = [];
      const norms = new Map<string, number[]>();
      for (let step = 0; step < DRAWS; step++) {
        const key = { seed: 7, step, microBatch: 0 };
        const { loss, gradients } = model.lossAndGradients(batch, labelTargets(labels), {
          head: 'clf',
          train: { key },
        });
        losses.push((await read(loss))[0]!);
        for (const [path, gradient] of gradients) {
          const norm = Math.hypot(...(await read(gradient)));
          norms.set(path, [...(norms.get(path) ?? []), Math.log(Math.max(norm, FLOOR))]);
        }
        dispose([loss, ...gradients.values()]);
      }
      model.dispose();
      const wanted = reference[kind];
      expect(distance(momentsOf(losses), wanted.loss)).toBeLessThan(FARTHEST);
      const names = Object.keys(wanted.gradients).filter((name) => norms.has(pathOf(name)));
      expect(names.length).toBe(norms.size);
      for (const name of names) {
        // Without dropout behind it a key's bias has no gradient but rounding.
        if (name.includes('attention.self.key.bias')) continue;
        expect(distance(momentsOf(norms.get(pathOf(name))!), wanted.gradients[name]!), name).toBeLessThan(FARTHEST);
      }
    },
  );
});
