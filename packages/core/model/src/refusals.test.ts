import { AdapterFusionError } from '@adapterfusion/contracts';
import { openBackend } from '@adapterfusion/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composition, Model } from './index.js';
import { batchOf, bump, toyFusion, toyHead, toyModel, width } from './toys.spec.js';

type Fuse = Extract<Composition, { type: 'fuse' }>;

let model: Model;
const batch = batchOf([[1, 2, 3]]);
const fuse = (fusion: string, children: Fuse['children']): Fuse => ({ type: 'fuse', fusion, children });

function refusal(body: () => unknown): AdapterFusionError {
  try {
    body();
  } catch (error) {
    if (AdapterFusionError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

beforeAll(async () => {
  await openBackend('cpu');
  model = toyModel();
});
afterAll(() => model.dispose());

describe('a model refuses', () => {
  it('names that are not there, with the nearest', () => {
    expect(refusal(() => model.compose('twise')).message).toContain('Did you mean "twice"?');
    expect(refusal(() => model.compose(fuse('nobody', ['a', 'b']))).message).toContain('a fusion of this model');
    expect(refusal(() => model.logits(batch, { head: 'none' })).message).toContain('a head of this model: h');
  });

  it('names that are taken or wrong', () => {
    const taken = refusal(() => model.addAdapter('a', bump(), { seed: 1 }));
    expect([taken.code, taken.message]).toEqual(['NAME_INVALID', expect.stringContaining('"a", which is taken')]);
    expect(refusal(() => model.addAdapter('a/b', bump(), { seed: 1 })).code).toBe('NAME_INVALID');
    expect(refusal(() => model.addHead('h', toyHead(), ['x'], { seed: 1 })).code).toBe('NAME_INVALID');
  });

  it('an adapter without a site', () => {
    const error = refusal(() => model.addAdapter('lost', bump({ locations: ['nowhere'] }), { seed: 1 }));
    expect([error.code, error.message]).toEqual([
      'SITE_UNSUPPORTED',
      expect.stringContaining('query, mh_adapter, output_adapter'),
    ]);
  });

  it('stored values that do not fit, all named, and adds nothing', () => {
    const paths = model.parameters.paths();
    const values = new Map([
      ['1/output_adapter/down', { shape: [3, width], data: new Float32Array(3 * width) }],
      ['1/output_adapter/bias', { shape: [1], data: new Float32Array(1) }],
    ]);
    const error = refusal(() => model.addAdapter('stored', bump({ without: [0, 2] }), { values }));
    expect(error.code).toBe('TENSORS_INVALID');
    expect(error.message).toContain(
      '1/output_adapter/up is missing; 1/output_adapter/bias is unexpected; 1/output_adapter/down is [3, 4] instead of [2, 4]',
    );
    expect(model.parameters.paths()).toEqual(paths);
  });

  it('children that share no site, with the sites of each', () => {
    const error = refusal(() => model.addFusion(toyFusion(), fuse('apart', ['c', 'elsewhere']), { seed: 1 }));
    expect(error.code).toBe('COMPOSITION_INVALID');
    expect(error.message).toContain('c at 1/output_adapter; elsewhere at 0/mh_adapter, 1/mh_adapter, 2/mh_adapter');
  });

  it('a fusion with other children than it was made for', () => {
    model.addFusion(toyFusion(), fuse('ab', ['a', 'b']), { seed: 1 });
    expect(refusal(() => model.compose(fuse('ab', ['b', 'a']))).message).toContain('made for: a, b; got b, a');
  });

  it('a stack with a parallel adapter', () => {
    const error = refusal(() => model.compose({ type: 'stack', children: ['a', 'p'] }));
    expect(error.message).toContain('a (sequential), p (parallel)');
    model.compose({ type: 'stack', children: ['p'] });
  });
});
