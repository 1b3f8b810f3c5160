import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Composition } from '@adapterfusion/model';
import { dispose, openBackend, read } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { beforeAll, expect, it } from 'vitest';
import { fusedModel } from './fused-tiny-model.js';
import { farthest } from './numbers.js';
import { batchOf } from './tiny-model.js';

const path = fileURLToPath(new URL('../fixtures/encoders/bert/batch.json', import.meta.url));
const batch = batchOf(JSON.parse(readFileSync(path, 'utf8')) as Parameters<typeof batchOf>[0]);

beforeAll(() => openBackend('cpu'));

it.each(['number', 'vector'])(
  'scaling with a %s per adapter starts as the average, also where a child is masked',
  async (per) => {
    const model = await fusedModel(
      ['seq_bn', 'double_seq_bn[non_linearity=gelu]', 'seq_bn[ln_before=true]'],
      'average',
    );
    const children = ['a', 'b', 'c'];
    const fresh: Composition = { type: 'fuse', fusion: 'scaled', children, lead: 'a' };
    model.addFusion(createRegistry().configure('fusion', `scaling[per=${per}]`), fresh, { seed: 1 });
    const hiddenOf = async (composition: Composition, mask: string[]): Promise<Float32Array> => {
      model.compose(composition);
      const { hidden, mask: tokens } = model.forward(batch, { mask });
      const values = Float32Array.from(await read(hidden));
      dispose([hidden, tokens]);
      return values;
    };
    const all: Float32Array[] = [];
    for (const mask of [[], ['c'], ['b', 'c']]) {
      const mean = await hiddenOf({ ...fresh, fusion: 'f' }, mask);
      expect(farthest(await hiddenOf(fresh, mask), mean), `without ${mask.join()}`).toBeLessThan(1e-6);
      all.push(mean);
    }
    expect(farthest(all[0]!, all[1]!), 'a mask that matters').toBeGreaterThan(0.01);
    model.dispose();
  },
);
