import { beforeAll, expect, it } from 'vitest';
import { dispose, openBackend, parameter, read, tensor, tensorCount } from '@adapterfusion/tensor';
import { createOptimiser } from './optimiser.js';

/**
 * Two parameters with the same start and the same gradients, halved by clipping: `w` with rate 0.1 and weight decay 0.02, `b` in a
 * group of its own with rate 0.05 and weight decay 0.3. Values after each step of torch 2.15.0 (float32):
 * `torch.optim.SGD([{'params': [w], 'lr': 0.1, 'weight_decay': 0.02}, {'params': [b], 'lr': 0.05, 'weight_decay': 0.3}], lr=0.1, momentum=…)`,
 * and `torch.optim.AdamW` with the same groups.
 */
const START = [0.5, -1, 2];
const GRADIENTS = [
  [0.1, -0.2, 0.3],
  [1.5, 2, -1],
  [-0.4, 0, 0.25],
  [0.05, 0.6, -0.7],
];
const REFERENCE = {
  'sgd without momentum': [
    { w: [0.49399998784, -0.98799997568, 1.98099994659], b: [0.49000000954, -0.98000001907, 1.96249997616] },
    { w: [0.41801199317, -1.08602392673, 2.02703785896], b: [0.44515001774, -1.01530003548, 1.95806252956] },
    { w: [0.43717595935, -1.08385193348, 2.01048374176], b: [0.44847276807, -1.0000705719, 1.92244160175] },
    { w: [0.4338016212, -1.11168420315, 2.04146265984], b: [0.44049566984, -1.00006949902, 1.91110491753] },
  ],
  'sgd with momentum': [
    { w: [0.49399998784, -0.98799997568, 1.98099994659], b: [0.49000000954, -0.98000001907, 1.96249997616] },
    { w: [0.41261199117, -1.07522392273, 2.00993800163], b: [0.4361500144, -0.9973000288, 1.92431247234] },
    { w: [0.35853755474, -1.1515750885, 2.01946234703], b: [0.39114275575, -0.99791049957, 1.85482907295] },
    { w: [0.3066534996, -1.24798798561, 2.05899524689], b: [0.34351909161, -0.99849128723, 1.78197157383] },
  ],
  adamw: [
    { w: [0.39900004864, -0.89800000191, 1.89600002766], b: [0.44250002503, -0.93500000238, 1.92000007629] },
    { w: [0.31949806213, -0.96358478069, 1.94424128532], b: [0.39651054144, -0.95466536283, 1.91721665859] },
    { w: [0.27650171518, -1.01374316216, 1.96458375454], b: [0.36938419938, -0.96638816595, 1.90057396889] },
    { w: [0.23940142989, -1.06923282146, 2.00903916359], b: [0.34556978941, -0.9806509614, 1.89625775814] },
  ],
} as const;

beforeAll(() => openBackend('cpu'));

it.each(Object.entries(REFERENCE))('%s gives the numbers of PyTorch, with a parameter group', async (name, steps) => {
  const before = tensorCount();
  const parameters = new Map(['w', 'b'].map((path) => [path, parameter(Float32Array.from(START))]));
  const optimizer = name === 'adamw' ? 'adamw' : 'sgd';
  const settings = { optimizer, momentum: name.includes('with ') ? 0.9 : 0, weightDecay: 0.02 } as const;
  const groups = new Map([['b', { learningRate: 0.5, weightDecay: 0.3 }]]);
  const optimiser = createOptimiser(parameters, settings, groups);
  for (const [step, values] of GRADIENTS.entries()) {
    const given = tensor(values, [3]);
    optimiser.update(new Map([...parameters.keys()].map((path) => [path, given])), 0.1, 0.5);
    given.dispose();
    for (const path of ['w', 'b'] as const)
      (await read(parameters.get(path)!)).forEach((value, at) =>
        expect(Math.abs(value - steps[step]![path][at]!), `${path}[${at}] after step ${step + 1}`).toBeLessThan(1e-6),
      );
  }
  const kept = { adamw: 2, 'sgd with momentum': 1, 'sgd without momentum': 0 }[name]!;
  expect(tensorCount()).toBe(before + 2 * (1 + kept));
  optimiser.dispose();
  dispose(parameters.values());
  expect(tensorCount()).toBe(before);
});

it('leaves a parameter without a gradient alone, with its momentum', async () => {
  const parameters = new Map(['w', 'b'].map((path) => [path, parameter(Float32Array.from(START))]));
  const optimiser = createOptimiser(parameters, { optimizer: 'sgd', momentum: 0.9, weightDecay: 0.1 });
  const given = tensor([1, 1, 1], [3]);
  optimiser.update(new Map([['w', given]]), 0.1, 1);
  expect([...(await read(parameters.get('b')!))]).toEqual(START);
  expect([...(await read(optimiser.state.get('b')!.moments['momentum']!))]).toEqual([0, 0, 0]);
  expect([...optimiser.state].map(([path, { count }]) => [path, count])).toEqual([
    ['w', 1],
    ['b', 0],
  ]);
  optimiser.dispose();
  dispose([given, ...parameters.values()]);
});
