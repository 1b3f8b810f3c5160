import type { AnyConfigured, Head, HeadFit, HostArray, Params } from '@adapterfusion/contracts';
import { dispose, linear, parameterRandom, scope, tensor } from '@adapterfusion/tensor';
import { ensure, ensureClose, farthest } from './expect.js';
import { HeadFixture, HIDDEN, type HeadSuiteOptions } from './head-fixture.js';
import type { Check } from './runner.js';
import { valuesOf } from './values.js';

/** `linear` and `fit`, where a head has them. */
export function checkHeadFit(check: Check, configured: AnyConfigured<'head'>, options: HeadSuiteOptions): void {
  const made = (): HeadFixture => new HeadFixture(configured, options);

  check('is exactly linear where it says so', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      if (!head.linear) return;
      const [weight, bias] = [params[head.linear.weight], params[head.linear.bias]];
      ensure(weight?.shape.join() === [head.outputs, HIDDEN].join(), 'a weight [outputs, hidden], as linear says');
      ensure(bias?.shape.join() === String(head.outputs), 'a bias [outputs], as linear says');
      ensure(head.outputs === fixture.context.labels, 'an output for each label, as linear says');
      const got = await valuesOf(() => head.forward(params, fixture.features(head, fixture.all)));
      const wanted = await valuesOf(() => linear(fixture.features(head, fixture.all), weight, bias));
      ensureClose(got, wanted, 'the outputs and weight · features + bias', 1e-6);
    });
  });

  check('fits all parameters in closed form, where it has fit', async () => {
    const fixture = made();
    const head = fixture.create();
    if (!head.fit) return;
    ensure(head.pool !== undefined, 'a method "pool" where there is "fit"');
    const shapes = shapesOf(head);
    const found = await fitted(fixture, head);
    ensureParams(found, shapes, 'fit');
    const again = await fitted(fixture, fixture.create());
    for (const [name, each] of Object.entries(found.params))
      ensure(farthest(each.data, again.params[name]!.data) === 0, `the same ${name} from the same rows twice`);
    ensure(found.loss === again.loss, 'the same loss from the same rows twice');

    const values = (params: HeadFit['params']): Promise<number> => lossOf(fixture, head, params);
    const zeros = Object.fromEntries(
      Object.entries(found.params).map(([name, { shape, data }]) => [
        name,
        { shape, data: new Float32Array(data.length) },
      ]),
    );
    const [reached, before] = [await values(found.params), await values(zeros)];
    ensure(reached < before, `a loss below that of parameters of 0 (${before}); got ${reached}`);
    const prior = Object.fromEntries(Object.entries(found.params).map(([name, each]) => [name, each]));
    ensureParams(await fitted(fixture, head, prior), shapes, 'fit with a prior');
  });

  check('estimates the loss of a fit on rows that it has not seen', async () => {
    const fixture = made();
    const head = fixture.create();
    if (!head.fit) return;
    const { loss, standardError } = await fitted(fixture, head);
    ensure((loss === undefined) === (standardError === undefined), 'loss and standardError together');
    if (loss === undefined) return;
    ensure(Number.isFinite(loss), `a finite loss; got ${loss}`);
    ensure(standardError! >= 0 && Number.isFinite(standardError), `a finite standardError; got ${standardError}`);
  });
}

function shapesOf(head: Head): Map<string, string> {
  const params: Params = head.init(parameterRandom(1, 'head'));
  const shapes = new Map(Object.entries(params).map(([name, { shape }]) => [name, shape.join()]));
  dispose(params);
  return shapes;
}

/** Fits copies of the rows, and sees to it that they stay as they are. */
async function fitted(
  fixture: HeadFixture,
  head: Head,
  prior?: { readonly [parameter: string]: HostArray },
): Promise<HeadFit> {
  const { features, shape, targets, rows } = fixture.many();
  const kept = Float32Array.from(features);
  const weights = { row: rows.map((row) => 1 + (row % 2)) };
  const found = await head.fit!({ data: features, shape }, targets, { seed: 3, weights, ...(prior ? { prior } : {}) });
  ensure(farthest(features, kept) === 0, 'the features of a fit unchanged');
  return found;
}

function ensureParams({ params }: HeadFit, shapes: ReadonlyMap<string, string>, what: string): void {
  const names = Object.keys(params).sort().join(', ');
  ensure(
    names === [...shapes.keys()].sort().join(', '),
    `${what} to give ${[...shapes.keys()].join(', ')}; got ${names}`,
  );
  for (const [name, { data, shape }] of Object.entries(params)) {
    ensure(shape.join() === shapes.get(name), `${what}: ${name} [${shapes.get(name)}]; got [${shape.join()}]`);
    const size = shape.reduce((product, each) => product * each, 1);
    ensure(data.length === size && data.every(Number.isFinite), `${what}: finite values of ${name}, as its shape says`);
  }
}

async function lossOf(fixture: HeadFixture, head: Head, params: HeadFit['params']): Promise<number> {
  const { features, shape, targets } = fixture.many();
  const found = await valuesOf(() => {
    const given = Object.fromEntries(
      Object.entries(params).map(([name, each]) => [name, tensor(Float32Array.from(each.data), each.shape)]),
    );
    return head.loss(
      scope(() => head.forward(given, tensor(features, shape))),
      targets,
    );
  });
  return found[0]!;
}
