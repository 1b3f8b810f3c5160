import { definePlugin, type Fusion, type Prepared } from '@adapterfusion/contracts';
import { dispose, read, tensorCount } from '@adapterfusion/tensor';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Model } from './index.js';
import { bump, toyFusion, labelTargets } from './toys.spec.js';
import { FUSED, fusedModel } from './fused.spec.js';

const { fused, batch, options } = FUSED;

let model: Model;
fusedModel((made) => (model = made));

describe('what a fusion prepares', () => {
  const log: string[] = [];
  class Matrices implements Prepared {
    constructor(readonly form: string) {}
    dispose(): void {
      log.push(`free ${this.form}`);
    }
  }
  const preparing = definePlugin<'fusion', object>({
    kind: 'fusion',
    id: 'preparing',
    packageName: 'toys',
    packageVersion: '1.0.0',
    supports: { minChildren: 1, trainable: true },
    options: () => ({}),
    create: (): Fusion => {
      const plain = toyFusion().create({ attentionDropout: 0 });
      return {
        ...plain,
        prepare: (_, __, lowRanks, form) => {
          log.push(`make ${form} of ${lowRanks.length}`);
          return new Matrices(form);
        },
        mix: (params, query, children, ctx) => {
          log.push(`mix ${ctx.prepared instanceof Matrices ? ctx.prepared.form : 'nothing'}`);
          return plain.mix(params, query, children, ctx);
        },
      };
    },
  });
  const node = { ...fused, fusion: 'g' };
  const seen = (): string[] => log.splice(0);
  const evaluate = (): void => model.logits(batch, { head: 'h', skip: [1, 2] }).dispose();
  const learn = (): void => {
    const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), options);
    dispose([loss, ...gradients.values()]);
  };

  beforeEach(() => {
    log.length = 0;
    model.addFusion(preparing(), node, { seed: 3 });
    model.compose(node);
  });

  it('is folded once where nothing trains', () => {
    evaluate();
    evaluate();
    expect(seen()).toEqual(['make infer of 2', 'mix infer', 'mix infer']);
  });

  it('has the form of training while the fusion trains, in evaluation as well', () => {
    model.parameters.setTrainable((path) => path.startsWith('fusions/g/'));
    learn();
    evaluate();
    expect(seen()).toEqual([
      'make train of 2',
      'mix train',
      'make train of 3',
      'mix train',
      'make train of 2',
      'mix train',
      'mix train',
    ]);
  });

  it('has both forms side by side where only a head trains', () => {
    model.parameters.setTrainable((path) => path.startsWith('heads/'));
    evaluate();
    learn();
    evaluate();
    expect(seen().filter((line) => !line.startsWith('mix'))).toEqual([
      'make infer of 2',
      'make train of 2',
      'make train of 3',
      'make train of 2',
    ]);
  });

  it('is nothing at a site where a child trains', () => {
    model.parameters.setTrainable((path) => path.startsWith('adapters/c/'));
    learn();
    expect(seen()).toEqual(['make train of 2', 'mix train', 'mix nothing', 'make train of 2', 'mix train']);
  });

  it('is freed and made anew when a value changes', async () => {
    evaluate();
    const path = 'adapters/a/0/output_adapter/down';
    const [alive, values] = [tensorCount(), (await model.parameters.values('')).get(path)!];
    model.parameters.set(path, values);
    evaluate();
    expect(seen()).toEqual(['make infer of 2', 'mix infer', 'free infer', 'make infer of 2', 'mix infer']);
    expect(tensorCount()).toBe(alive);
  });
});

it('gives an adapter’s values that make the same adapter elsewhere', async () => {
  const values = await model.values('adapters', 'a');
  expect([...values.keys()].sort().slice(0, 2)).toEqual(['0/output_adapter/down', '0/output_adapter/up']);
  model.addAdapter('again', bump(), { values });
  const logits = async (name: string): Promise<Float32Array> => {
    model.compose(name);
    const result = model.logits(batch, { head: 'h' });
    const numbers = await read(result);
    result.dispose();
    return numbers;
  };
  expect(await logits('again')).toEqual(await logits('a'));
});

it('frees a head that is removed', () => {
  const alive = tensorCount();
  model.remove('heads', 'h');
  expect(tensorCount()).toBe(alive - 1);
  expect(() => model.logits(batch, { head: 'h' })).toThrow(/there is none/);
});
