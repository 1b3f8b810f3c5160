import type { Model } from '@adapterfusion/model';
import { ensure } from './expect.js';
import { lossAlone, lossOf, noise } from './small-model.js';

/** How far parameters are moved. */
const STEP = 4e-3;

/** How far those of a function with kinks are moved as well: the smaller the step, the fewer kinks lie in it. */
const SMALL_STEPS = [1e-3, 3e-4];

interface GradientOptions {
  readonly zero?: boolean;
  readonly piecewise?: boolean | undefined;
}

/**
 * Compares the gradient of every parameter with central differences along a direction of mixed signs.
 * @param prefix the parameters that train
 * @param options.zero whether a gradient may be 0, where it is
 * @param options.piecewise whether the function declares kinks: one of several steps has to agree then
 */
export async function ensureGradients(model: Model, prefix: string, options: GradientOptions = {}): Promise<void> {
  model.parameters.setTrainable((path) => path.startsWith(prefix));
  const { gradients } = await lossOf(model);
  ensure(gradients.size > 0, `parameters under ${prefix}`);
  for (const [path, gradient] of gradients) {
    const norm = Math.hypot(...gradient);
    ensure(Number.isFinite(norm), `a finite gradient for ${path}`);
    ensure(norm > 1e-6 || options.zero === true, `a gradient for ${path}; it is 0`);
    const signs = noise(gradient.length, 9).map((value) => (value < 0 ? -1 : 1));
    const { shape, data } = (await model.parameters.values(path.slice(0, path.lastIndexOf('/')))).get(
      path.slice(path.lastIndexOf('/') + 1),
    )!;
    const kept = Float32Array.from(data);
    const moved = async (by: number): Promise<number> => {
      model.parameters.set(path, { shape, data: kept.map((value, index) => value + by * signs[index]!) });
      return lossAlone(model);
    };
    const central = async (by: number): Promise<number> => ((await moved(by)) - (await moved(-by))) / (2 * by);
    const got = gradient.reduce((total, value, index) => total + value * signs[index]!, 0);
    const agrees = (wanted: number): boolean =>
      Math.abs(got - wanted) <= 0.02 * Math.max(norm, Math.abs(wanted)) + 2e-3;
    let wanted = await central(STEP);
    // Where the function bends much, the next order helps.
    if (!agrees(wanted)) wanted = (4 * wanted - (await central(2 * STEP))) / 3;
    for (const by of options.piecewise ? SMALL_STEPS : []) if (!agrees(wanted)) wanted = await central(by);
    model.parameters.set(path, { shape, data: kept });
    ensure(agrees(wanted), `the gradient of ${path} to agree with finite differences (${wanted}); got ${got}`);
  }
  model.parameters.setTrainable(() => false);
}

/** {@link ensureGradients} of the lowest layer's parameters, of those at the embeddings, and of those that sites share. */
export async function ensureEveryKind(model: Model, prefix: string, options: GradientOptions = {}): Promise<void> {
  const own = model.parameters.paths().filter((path) => path.startsWith(prefix));
  const places = [...new Set(own.map((path) => `${prefix}${path.slice(prefix.length).split('/')[0]!}/`))];
  const layers = places.filter((place) => /\/\d+\/$/.test(place));
  for (const place of places)
    if (!layers.includes(place) || place === layers[0]) await ensureGradients(model, place, options);
}
