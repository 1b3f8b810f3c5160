import type { AnyConfigured, Head, LossWeights, Params } from '@adapterfusion/contracts';
import { dispose, gradients, read, scope, tensor } from '@adapterfusion/tensor';
import { ensure, ensureClose } from './expect.js';
import { HeadFixture, type HeadSuiteOptions } from './head-fixture.js';
import type { Check } from './runner.js';
import { noise, TRAIN } from './small-model.js';
import { valuesOf } from './values.js';

/** How far parameters are moved. */
const STEP = 4e-3;

/** The loss of a head: a scalar, its gradients, and its weights. */
export function checkHeadLoss(check: Check, configured: AnyConfigured<'head'>, options: HeadSuiteOptions): void {
  const made = (): HeadFixture => new HeadFixture(configured, options);

  check('has a loss that is a finite scalar', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      const shape = scope(() => {
        const outputs = head.forward(params, fixture.features(head, fixture.all));
        return head.loss(outputs, fixture.targets(fixture.all)).shape.join();
      });
      ensure(shape === '', `a loss of shape []; got [${shape}]`);
      const loss = await lossOf(fixture, head, params);
      ensure(Number.isFinite(loss), `a finite loss; got ${loss}`);
    });
  });

  check('has gradients that agree with finite differences', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      const targets = fixture.targets(fixture.all);
      const features = scope(() => fixture.features(head, fixture.all));
      const tensors = new Map(Object.entries({ ...params, features }));
      const loss = (given: Params): Promise<Float32Array> =>
        valuesOf(() => head.loss(head.forward(given, given['features']!, TRAIN), targets));
      const found = gradients(() => head.loss(head.forward(params, features, TRAIN), targets), tensors);
      let largest = 0;
      try {
        for (const [name, each] of found.gradients) {
          const gradient = Float32Array.from(await read(each));
          const norm = Math.hypot(...gradient);
          ensure(Number.isFinite(norm), `a finite gradient for ${name}`);
          if (name !== 'features') largest = Math.max(largest, norm);
          const wanted = await differences({ ...params, features }, name, gradient, loss);
          ensure(wanted === undefined, `the gradient for ${name} to agree with finite differences; ${wanted}`);
        }
      } finally {
        dispose([found.value, features, ...found.gradients.values()]);
      }
      ensure(largest > 1e-6, 'a gradient other than 0 for one of the parameters');
    });
  });

  check('weighs rows in the mean of the loss', () => checkWeights(made(), false));
  check('weighs classes in the mean of the loss, where the task kind has classes', () => checkWeights(made(), true));
}

/** @returns in words how the gradient differs from central differences along a direction of mixed signs */
async function differences(
  params: Params,
  name: string,
  gradient: Float32Array,
  loss: (given: Params) => Promise<Float32Array>,
): Promise<string | undefined> {
  const kept = Float32Array.from(await read(params[name]!));
  const signs = noise(kept.length, 9).map((value) => (value < 0 ? -1 : 1));
  const moved = async (by: number): Promise<number> => {
    const values = kept.map((value, index) => value + by * signs[index]!);
    const other = tensor(values, params[name]!.shape);
    const [found] = await loss({ ...params, [name]: other });
    other.dispose();
    return found!;
  };
  const central = async (by: number): Promise<number> => ((await moved(by)) - (await moved(-by))) / (2 * by);
  const norm = Math.hypot(...gradient);
  const got = gradient.reduce((total, value, index) => total + value * signs[index]!, 0);
  const agrees = (wanted: number): boolean => Math.abs(got - wanted) <= 0.02 * Math.max(norm, Math.abs(wanted)) + 2e-3;
  const wanted = await central(STEP);
  if (agrees(wanted)) return undefined;
  // Richardson extrapolation for a large third derivative, a small step for an activation that is not smooth.
  if (agrees((4 * wanted - (await central(2 * STEP))) / 3) || agrees(await central(STEP / 10))) return undefined;
  return `differences give ${wanted}, the gradient ${got}`;
}

const lossOf = async (
  fixture: HeadFixture,
  head: Head,
  params: Params,
  rows: readonly number[] = fixture.all,
  weights?: LossWeights,
): Promise<number> =>
  (
    await valuesOf(() => head.loss(head.forward(params, fixture.features(head, rows)), fixture.targets(rows), weights))
  )[0]!;

/** The loss of a batch against the weighted mean of the losses of its rows alone. */
async function checkWeights(fixture: HeadFixture, byClass: boolean): Promise<void> {
  const { rows, all } = fixture;
  const { classes } = rows;
  if (byClass && !classes) return;
  const count = classes ? 1 + Math.max(fixture.context.labels - 1, ...all.flatMap((row) => [...classes(row)])) : 0;
  const classWeights = byClass ? Array.from({ length: count }, (_, at) => 0.5 + ((at * 7) % 5)) : undefined;
  const massOf = (row: number): number =>
    classes ? classes(row).reduce((sum, each) => sum + (classWeights?.[each] ?? 1), 0) : 1;
  await fixture.withParams(async (head, params) => {
    const own = classWeights ? { class: classWeights } : {};
    const alone: number[] = [];
    for (const row of all) alone.push(await lossOf(fixture, head, params, [row], own));
    const mean = (weights: readonly number[]): number => {
      const mass = all.map((row) => weights[row]! * massOf(row));
      const total = mass.reduce((sum, each) => sum + each, 0);
      return all.reduce((sum, row) => sum + mass[row]! * alone[row]!, 0) / total;
    };
    const ones = all.map(() => 1);
    const mixed = all.map((row) => 0.5 + ((row * 3) % 4));
    const without = all.map((row) => (row === 0 ? 0 : 1));
    const words = byClass ? 'class weights' : 'row weights';
    ensureClose([await lossOf(fixture, head, params, all, own)], [mean(ones)], `the loss and the mean of its rows`);
    if (byClass) {
      const equal = { class: classWeights!.map(() => 2) };
      const plain = await lossOf(fixture, head, params);
      ensureClose([await lossOf(fixture, head, params, all, equal)], [plain], 'the loss with equal class weights');
      const seen = new Set(all.flatMap((row) => [...classes!(row)]));
      ensure(seen.size > 1, 'example targets of at least two classes');
    }
    for (const weights of [ones, mixed, mixed.map((each) => 3 * each), without]) {
      const got = await lossOf(fixture, head, params, all, { ...own, row: weights });
      ensureClose([got], [mean(weights)], `the loss with ${words} and row weights ${weights.join()}`);
    }
  });
}
