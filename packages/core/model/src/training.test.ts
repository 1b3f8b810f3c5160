import { definePlugin } from '@adapterfusion/contracts';
import { dispose, read, tensorCount } from '@adapterfusion/tensor';
import { describe, expect, it } from 'vitest';
import type { Model } from './index.js';
import { toyHead, labelTargets } from './toys.spec.js';
import { FUSED, fusedModel } from './fused.spec.js';

const { fused, batch, options } = FUSED;

let model: Model;
fusedModel((made) => (model = made));

/** Loss and gradients as numbers; checks that the step leaves nothing behind. */
async function step(): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const alive = tensorCount();
  const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), options);
  const values = new Map<string, Float32Array>();
  for (const [path, gradient] of gradients) values.set(path, await read(gradient));
  const [value] = await read(loss);
  dispose([loss, ...gradients.values()]);
  expect(tensorCount()).toBe(alive);
  return { loss: value!, gradients: values };
}

describe('gradients', () => {
  it('are of what trains and nothing else', async () => {
    model.parameters.setTrainable((path) => path.startsWith('fusions/f/1/') || path === 'heads/h/weight');
    const { gradients } = await step();
    expect([...gradients.keys()]).toEqual(['fusions/f/1/output_adapter/sharpness', 'heads/h/weight']);
    for (const values of gradients.values()) expect(values.some((value) => value !== 0)).toBe(true);
  });

  it.each([
    [
      {},
      ['adapters/a/0', 'adapters/a/1', 'adapters/a/2', 'fusions/f/0', 'fusions/f/1', 'fusions/f/2', 'heads/h', 'words'],
    ],
    [{ skip: [0, 1] }, ['adapters/a/2', 'fusions/f/2', 'heads/h', 'words']],
    [{ mask: ['a'] }, ['fusions/f/0', 'fusions/f/1', 'fusions/f/2', 'heads/h', 'words']],
  ])('are of what the step reaches: leaving out %j, %j', async (leftOut, reached) => {
    model.addHead('other', toyHead(), ['x', 'y', 'z'], { seed: 1 });
    model.parameters.setTrainable((path) => /^(adapters\/(a|twice)|fusions|heads|words)/.test(path));
    const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), { ...options, ...leftOut });
    const places = [...gradients.keys()].map((path) =>
      path
        .split('/')
        .slice(0, path.startsWith('heads') ? 2 : 3)
        .join('/'),
    );
    expect([...new Set(places)]).toEqual(reached);
    // Where one child is left, its weight is 1 whatever the fusion's own parameters are.
    for (const [path, gradient] of gradients)
      if (!('mask' in leftOut))
        expect(
          (await read(gradient)).some((value) => value !== 0),
          path,
        ).toBe(true);
    dispose([loss, ...gradients.values()]);
  });

  it('are of an adapter too that is masked in a fusion and acts beside it', () => {
    model.compose({ type: 'stack', children: ['a', fused] });
    model.parameters.setTrainable((path) => /^adapters\/(a|b)\/0/.test(path));
    const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), { ...options, mask: ['a'] });
    expect(new Set([...gradients.keys()].map((path) => path.split('/')[1]))).toEqual(new Set(['a', 'b']));
    dispose([loss, ...gradients.values()]);
  });

  it('of a step that skips layers and masks are those of the forward pass without them', async () => {
    const lossOf = async (): Promise<number> => {
      const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), {
        ...options,
        skip: [0],
        mask: ['b'],
      });
      const [value] = await read(loss);
      dispose([loss, ...gradients.values()]);
      return value!;
    };
    const path = 'fusions/f/2/output_adapter/sharpness';
    model.parameters.setTrainable((each) => each === path);
    const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), {
      ...options,
      skip: [0],
      mask: ['b'],
    });
    const [slope] = await read(gradients.get(path)!);
    dispose([loss, ...gradients.values()]);
    const nudge = async (by: number): Promise<number> => {
      model.parameters.set(path, { shape: [1], data: Float32Array.of(0.8 + by) });
      return lossOf();
    };
    expect(((await nudge(0.02)) - (await nudge(-0.02))) / 0.04).toBeCloseTo(slope!, 3);
  });

  it('go through random masks of each head’s own where there are several, and through the usual ones of a single head', () => {
    const seen: (string | undefined)[] = [];
    const watching = definePlugin<'head', object>({
      ...toyHead.plugin,
      id: 'watching',
      create: (given, surroundings) => {
        const head = toyHead.plugin.create(given as { tokensUsed: 'first' }, surroundings);
        return { ...head, forward: (...values) => (seen.push(values[2]?.under), head.forward(...values)) };
      },
    });
    const learn = (head: string): void => {
      model.parameters.setTrainable((path) => path.startsWith('heads/'));
      const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), { ...options, head });
      dispose([loss, ...gradients.values()]);
    };
    model.addHead('w', watching(), ['x', 'y', 'z'], { seed: 1 });
    learn('w');
    model.remove('heads', 'h');
    learn('w');
    expect(seen).toEqual(['heads/w', undefined]);
  });

  for (const [what, prefix] of [
    ['the last layer', 'fusions/f/2/'],
    ['a middle layer', 'adapters/c/1/'],
    ['the head alone', 'heads/'],
  ] as const)
    it(`are the same for ${what}, with the layers below it on the tape`, async () => {
      model.parameters.setTrainable((path) => path.startsWith(prefix));
      const above = await step();
      model.parameters.setTrainable((path) => path.startsWith(prefix) || path === 'words');
      const all = await step();
      expect(all.loss).toBeCloseTo(above.loss, 6);
      expect(all.gradients.get('words')!.some((value) => value !== 0)).toBe(true);
      for (const [path, values] of above.gradients)
        values.forEach((value, index) => expect(value, path).toBeCloseTo(all.gradients.get(path)![index]!, 6));
    });

  it('keep nothing of the layers below the lowest that trains', () => {
    let alive = 0;
    const counting = definePlugin<'head', object>({
      ...toyHead.plugin,
      id: 'counting',
      create: (given, surroundings) => {
        const head = toyHead.plugin.create(given as { tokensUsed: 'first' }, surroundings);
        return { ...head, loss: (...values) => ((alive = tensorCount()), head.loss(...values)) };
      },
    });
    model.addHead('counting', counting(), ['x', 'y', 'z'], { seed: 1 });
    const during = (prefix: string): number => {
      model.parameters.setTrainable((path) => path.startsWith(prefix));
      const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), { ...options, head: 'counting' });
      dispose([loss, ...gradients.values()]);
      return alive - tensorCount();
    };
    const [head, top, bottom] = [during('heads/counting'), during('fusions/f/2/'), during('fusions/f/0/')];
    expect(head).toBeLessThan(20);
    expect(top).toBeGreaterThan(head + 10);
    expect(bottom).toBeGreaterThan(2 * top);
  });

  it('follow the parallel branches as one batch', async () => {
    model.compose({ type: 'parallel', children: ['a', 'b'] });
    model.parameters.setTrainable((path) => path.startsWith('adapters/b/2'));
    const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2, 0, 2]), options);
    expect(gradients.size).toBe(2);
    dispose([loss, ...gradients.values()]);
  });

  it('of the penalty are those of the fusions that train', async () => {
    expect(model.penaltyGradients()).toBeUndefined();
    model.parameters.setTrainable((path) => path.startsWith('fusions/f/2/'));
    const { penalty, gradients } = model.penaltyGradients()!;
    expect((await read(penalty))[0]).toBeCloseTo(0.64, 6);
    expect([...gradients.keys()]).toEqual(['fusions/f/2/output_adapter/sharpness']);
    expect((await read([...gradients.values()][0]!))[0]).toBeCloseTo(1.6, 6);
    dispose([penalty, ...gradients.values()]);
  });

  it('are refused for frozen values that are set to another shape', () => {
    const values = { shape: [2], data: new Float32Array(2) };
    expect(() => model.parameters.set('heads/h/weight', values)).toThrow(/shape \[3, 4\]; got \[2\]/);
    expect(() => model.parameters.get('heads/h/bias')).toThrow(/TENSORS_INVALID|the path of a parameter/);
  });
});

describe('the frozen layers', () => {
  const trains = (prefix: string): number => {
    model.parameters.setTrainable((path) => path.startsWith(prefix));
    return model.frozenLayers();
  };

  it('is what lies below everything that trains', () => {
    expect([
      trains('heads/'),
      trains('fusions/f/2/'),
      trains('adapters/c/'),
      trains('fusions/'),
      trains('words'),
    ]).toEqual([3, 2, 1, 0, 0]);
    model.compose({ type: 'parallel', children: ['a', 'b'] });
    expect(trains('heads/')).toBe(0);
  });

  it('gives what leaves its layers in evaluation, of the first token alone where that is all that is read', async () => {
    const reached = model.forward(batch, { hiddenStates: true });
    for (const [layers, prefix] of [
      [1, 'adapters/c/'],
      [2, 'fusions/f/2/'],
    ] as const) {
      expect(trains(prefix)).toBe(layers);
      const activations = model.activations(batch, { head: 'h' });
      expect(await read(activations)).toEqual(await read(reached.hiddenStates[layers - 1]!));
      activations.dispose();
    }
    trains('heads/');
    const activations = model.activations(batch, { head: 'h' });
    expect(activations.shape).toEqual([2, 1, 4]);
    const [found, whole] = [await read(activations), await read(reached.hidden)];
    expect([...found]).toEqual([...whole.slice(0, 4), ...whole.slice(12, 16)]);
    dispose([activations, reached.hidden, reached.mask, ...reached.hiddenStates]);
  });

  it('is where a step begins that is given it', async () => {
    trains('adapters/c/');
    const activations = model.activations(batch, { head: 'h' });
    const made = [activations, undefined, activations].map((given) =>
      model.lossAndGradients(batch, labelTargets([0, 2]), { ...options, ...(given ? { activations: given } : {}) }),
    );
    const [once, live, again] = await Promise.all(made.map(({ loss }) => read(loss)));
    expect(once).toEqual(again);
    // Live, the lowest layer drops out.
    expect(once).not.toEqual(live);
    expect([...made[0]!.gradients.keys()]).toEqual([...made[1]!.gradients.keys()]);
    dispose([activations, ...made.flatMap(({ loss, gradients }) => [loss, ...gradients.values()])]);
  });
});
