import { parseSafetensors, toFloat32, writeSafetensors } from '@adapterfusion/checkpoint';
import type { AnyConfigured, Fusion, Params } from '@adapterfusion/contracts';
import { compileForInference, type Composition, type Model } from '@adapterfusion/model';
import { dispose, read } from '@adapterfusion/tensor';
import { fusionParameters } from './fusion-parameters.js';
import { ensure, ensureClose, ensureDifferent, ensureRefused, farthest } from './expect.js';
import { checkMix } from './fusion-mix.js';
import { ensureEveryKind, ensureGradients } from './gradient-checks.js';
import { checkPlugin, nameOf } from './plugin-checks.js';
import { checksOn, type Check, type SuiteOptions, type TestRunner } from './runner.js';
import {
  addStirred,
  BATCH,
  batchOf,
  encoder,
  hiddenOf,
  lossOf,
  ROWS,
  smallModel,
  stir,
  tokensOf,
} from './small-model.js';
import { factored, neighbour } from './toys.js';

type Fuse = Extract<Composition, { type: 'fuse' }>;
const NODE: Fuse = { type: 'fuse', fusion: 'f', children: ['a', 'b', 'c'] };

/**
 * Tests a fusion: its plugin, its mixture of children with and without factors, an encoder with it, and what it may be
 * composed with. Which tests there are depends on what it declares in `supports`; what it does not declare is tested to be
 * absent.
 * @param configured the fusion with options; call it again for other options
 */
export function testFusion(runner: TestRunner, configured: AnyConfigured<'fusion'>, options: SuiteOptions = {}): void {
  runner.describe(`conformance of the fusion ${nameOf(configured)}`, () => {
    const check = checksOn(runner, options);
    checkPlugin(check, configured, 'fusion');
    checkParameters(check, configured);
    checkMix(check, configured);
    checkInModel(check, configured);
  });
}

const create = (configured: AnyConfigured<'fusion'>): Fusion =>
  configured.create({ attentionDropout: encoder.attentionDropout });
const site = encoder.sites.find(({ location }) => location === 'output_adapter')!;

function checkParameters(check: Check, configured: AnyConfigured<'fusion'>): void {
  const { trainable, minChildren } = configured.plugin.supports;

  check(trainable ? 'has parameters, the same from the same seed' : 'has no parameters, as it declares', async () => {
    const start = (): Params => fusionParameters(create(configured), { ...site }, 3);
    const [once, again] = [start(), start()];
    for (const [name, each] of Object.entries(once)) {
      const [a, b] = [await read(each), await read(again[name]!)];
      ensure(farthest(a, b) === 0 && a.every(Number.isFinite), `the same finite initial ${name} twice`);
    }
    dispose([...Object.values(once), ...Object.values(again)]);
    ensure(Object.keys(once).length > 0 === trainable, `parameters exactly where supports.trainable is true`);
  });

  check('takes as few children as it declares', async () => {
    ensure(Number.isInteger(minChildren) && minChildren >= 1, `minChildren of at least 1; got ${minChildren}`);
    const model = withChildren();
    const node: Fuse = { ...NODE, children: ['a', 'b', 'c'].slice(0, Math.min(3, minChildren)) };
    model.addFusion(configured, node, { seed: 1 });
    ensure((await hiddenOf(model, node)).every(Number.isFinite), 'finite numbers');
    model.dispose();
  });
}

/** Two children with factors that read the same, and one without. */
function withChildren(): Model {
  const model = smallModel();
  addStirred(model, 'a', factored({ size: 2 }));
  addStirred(model, 'b', factored({ size: 3 }));
  addStirred(model, 'c', neighbour({ role: 'sublayer' }));
  return model;
}

function checkInModel(check: Check, configured: AnyConfigured<'fusion'>): void {
  const { supports } = configured.plugin;
  const fused = (name: string, body: (model: Model) => Promise<void>): void =>
    check(name, async () => {
      const model = withChildren();
      try {
        model.addFusion(configured, NODE, { seed: 1 });
        stir(model, 'fusions/f/');
        await body(model);
      } finally {
        model.dispose();
      }
    });

  fused('a child that is masked does not matter', async (model) => {
    const lead: Fuse = { ...NODE, lead: 'a' };
    const masked = await hiddenOf(model, lead, BATCH, { mask: ['c'] });
    ensureDifferent(masked, await hiddenOf(model, lead), 'a fusion with and without one of its children');
    for (const path of model.parameters.paths().filter((each) => each.startsWith('adapters/c/'))) {
      const { shape, size } = model.parameters.get(path);
      model.parameters.set(path, { shape: [...shape], data: new Float32Array(size).fill(0.3) });
    }
    ensureClose(
      await hiddenOf(model, lead, BATCH, { mask: ['c'] }),
      masked,
      'a fusion before and after its masked child changed',
    );
  });

  fused('a child that is pruned at every site counts as masked', async (model) => {
    const lead: Fuse = { ...NODE, lead: 'c' };
    const sites = [...model.fusions.get('f')!.sites.keys()];
    const keep = Object.fromEntries(sites.map((name) => [name, ['b', 'c']]));
    const masked = await hiddenOf(model, lead, BATCH, { mask: ['a'] });
    ensureClose(await hiddenOf(model, { ...lead, keep }), masked, 'a fusion of which a child is pruned, and masked');
  });

  fused('gives a row the same alone, among others, and with more padding', async (model) => {
    const together = await hiddenOf(model, NODE);
    for (const [row, tokens] of ROWS.entries())
      for (const time of [tokens.length, 9]) {
        const batch = batchOf([tokens], time);
        const alone = tokensOf(await hiddenOf(model, NODE, batch), batch, 0);
        ensureClose(alone, tokensOf(together, BATCH, row), `row ${row} alone, padded to ${time}`);
      }
  });

  fused('has gradients that agree with finite differences, and lets them through to its children', async (model) => {
    model.compose(NODE);
    const { piecewise } = model.fusions.get('f')!.instance;
    if (supports.trainable) await ensureEveryKind(model, 'fusions/f/', { zero: true, piecewise });
    await ensureGradients(model, 'adapters/a/0/output_adapter/', { piecewise });
    await ensureGradients(model, 'adapters/c/0/output_adapter/', { piecewise });
  });

  fused(
    supports.trainable ? 'learns: a gradient for its parameters' : 'learns nothing, as it declares',
    async (model) => {
      model.compose(NODE);
      model.parameters.setTrainable((path) => path.startsWith('fusions/'));
      const learns = model.parameters.trainable().size > 0;
      ensure(learns === supports.trainable, 'parameters exactly where supports.trainable is true');
      if (!learns) return;
      const { gradients } = await lossOf(model);
      ensure(
        [...gradients.values()].some((values) => Math.hypot(...values) > 1e-4),
        'a gradient other than 0',
      );
    },
  );

  fused('trains the same from the same key; evaluates the same whatever is frozen', async (model) => {
    model.compose(NODE);
    model.parameters.setTrainable((path) => path.startsWith('fusions/') || path.startsWith('adapters/'));
    const [once, again] = [await lossOf(model), await lossOf(model)];
    ensure(once.loss === again.loss, 'the same loss for the same key');
    const results = [];
    for (const prefix of ['adapters/', 'fusions/', 'nothing/']) {
      model.parameters.setTrainable((path) => path.startsWith(prefix));
      results.push(await hiddenOf(model, NODE));
    }
    for (const each of results)
      ensureClose(each, results[0]!, 'children that train, the fusion that trains, nothing that trains');
  });

  fused('is saved and loaded to the same numbers', async (model) => {
    const wanted = await hiddenOf(model, NODE);
    const stored = await model.values('fusions', 'f');
    const bytes = writeSafetensors(Array.from(stored, ([name, { shape, data }]) => ({ name, shape, data })));
    const tensors = parseSafetensors(bytes, 'conformance').tensors;
    const values = new Map([...tensors].map(([name, each]) => [name, { shape: each.shape, data: toFloat32(each) }]));
    const other = withChildren();
    other.addFusion(configured, NODE, { values });
    const got = await hiddenOf(other, NODE);
    other.dispose();
    ensure(farthest(got, wanted) === 0, 'the same numbers after saving and loading');
  });

  fused('has a penalty that is a finite number with finite gradients, if it has one', async (model) => {
    model.compose(NODE);
    model.parameters.setTrainable((path) => path.startsWith('fusions/'));
    const found = model.penaltyGradients();
    if (!found) return;
    const value = await read(found.penalty);
    ensure(value.length === 1 && Number.isFinite(value[0]), 'a finite scalar');
    for (const each of found.gradients.values()) ensure((await read(each)).every(Number.isFinite), 'finite gradients');
    dispose([found.penalty, ...found.gradients.values()]);
  });

  fused('composed: parallel branches and parts of the batch are what each is alone', async (model) => {
    const [alone, a] = [await hiddenOf(model, NODE), await hiddenOf(model, 'a')];
    const got = await hiddenOf(model, { type: 'parallel', children: ['a', NODE] });
    ensureClose(got.slice(0, a.length), a, 'the branch beside the fusion');
    ensureClose(got.slice(a.length), alone, 'the branch of the fusion');
    const split = await hiddenOf(model, { type: 'batch-split', sizes: [1, 2], children: [NODE, 'a'] });
    ensureClose(tokensOf(split, BATCH, 0), tokensOf(alone, BATCH, 0), 'the row of the fusion');
    ensureClose(tokensOf(split, BATCH, 1), tokensOf(a, BATCH, 1), 'a row beside it');
  });

  fused('composed: a stack under it and a child that is a stack run', async (model) => {
    const under = await hiddenOf(model, { type: 'stack', children: ['c', NODE] });
    ensureDifferent(under, await hiddenOf(model, NODE), 'a fusion with and without an adapter under it');
    const inner: Fuse = { ...NODE, fusion: 'g', children: [{ type: 'stack', children: ['c', 'a'] }, 'b'] };
    model.addFusion(configured, inner, { seed: 1 });
    ensure((await hiddenOf(model, inner)).every(Number.isFinite), 'finite numbers');
  });

  fused('compiled for inference it computes the same, where it can be folded', async (model) => {
    const wanted = await hiddenOf(model, NODE);
    model.compose(NODE);
    const foldable = create(configured).fold !== undefined;
    const folded = compileForInference(model);
    ensure(folded.length > 0 === foldable, `folding where there is fold; folded ${folded.join() || 'nothing'}`);
    const { hidden, mask } = model.forward(BATCH);
    const got = Float32Array.from(await read(hidden));
    dispose([hidden, mask]);
    ensureClose(got, wanted, 'compiled and plain', 2e-5);
  });

  check('refuses children that share no site', () => {
    const model = smallModel();
    addStirred(model, 'a', neighbour({ role: 'sublayer' }));
    addStirred(model, 'b', neighbour({ role: 'linear' }));
    const node: Fuse = { ...NODE, children: ['a', 'b'] };
    return ensureRefused(
      () => model.addFusion(configured, node, { seed: 1 }),
      ['COMPOSITION_INVALID'],
      'such a fusion',
    ).finally(() => model.dispose());
  });
}
