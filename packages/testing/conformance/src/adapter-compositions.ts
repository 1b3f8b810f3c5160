import type { AnyConfigured, SiteRole } from '@adapterfusion/contracts';
import type { Composition, Model } from '@adapterfusion/model';
import { ensure, ensureClose, ensureDifferent, ensureRefused } from './expect.js';
import { ensureGradients } from './gradient-checks.js';
import type { Check } from './runner.js';
import { isMixable, sitesOfX } from './mixable.js';
import { addStirred, BATCH, batchOf, hiddenOf, ROWS, smallModel, tokensOf } from './small-model.js';
import { equalWeights, neighbour } from './toys.js';

const stack = (...children: Composition[]): Composition => ({ type: 'stack', children });
const none = { type: 'none' } as const;

const NOT_MIXED = ['COMPOSITION_INVALID'] as const;

/** What holds for compositions of the method with itself (`x`, `y`) and with a stranger's (`n`, at sites of the same role). */
export function checkAdapterCompositions(check: Check, configured: AnyConfigured<'adapter'>): void {
  const composed = (name: string, body: (model: Model, flow: 'sequential' | 'parallel') => Promise<void>): void =>
    check(`composed: ${name}`, async () => {
      const model = smallModel();
      try {
        for (const each of ['x', 'y']) addStirred(model, each, configured);
        // Parameters of the second adapter that differ from the first one's.
        for (const path of model.parameters.paths().filter((each) => each.startsWith('adapters/y/'))) {
          const { shape, data } = (await model.parameters.values(path.slice(0, path.lastIndexOf('/')))).get(
            path.slice(path.lastIndexOf('/') + 1),
          )!;
          model.parameters.set(path, { shape, data: data.map((value, index) => value * (index % 2 ? 0.6 : -0.8)) });
        }
        const role = roleOf(model);
        addStirred(model, 'n', neighbour({ role }));
        await body(model, model.adapters.get('x')!.instance.flow);
      } finally {
        model.dispose();
      }
    });
  /** A composition that mixes contributions; refused for an adapter that acts where there are none. */
  const mixed = (name: string, body: (model: Model) => Promise<void>): void =>
    composed(name, async (model) => {
      if (isMixable(model)) return body(model);
      for (const node of [
        { type: 'average', children: ['x', 'y'] },
        { type: 'split', splits: [2, 3], children: ['x', 'y'] },
        fuse('x', 'y'),
      ] as const)
        await ensureRefused(() => model.compose(node), NOT_MIXED, `"${node.type}" of adapters that cannot be mixed`);
    });
  const fuse = (...children: Composition[]): Extract<Composition, { type: 'fuse' }> => ({
    type: 'fuse',
    fusion: 'f',
    children,
  });

  composed('none of its layers is used where all are skipped', async (model) => {
    // The embeddings are no layer.
    if (sitesOfX(model).some(({ role }) => role === 'embedding')) return;
    const bare = await hiddenOf(model, undefined);
    ensureClose(
      await hiddenOf(model, 'x', BATCH, { skip: [0, 1] }),
      bare,
      'all layers skipped and the bare encoder',
      1e-6,
    );
  });

  mixed('the average of an adapter with itself is itself', async (model) => {
    const average: Composition = { type: 'average', children: ['x', 'x'] };
    ensureClose(await hiddenOf(model, average), await hiddenOf(model, 'x'), 'average(x, x) and x');
  });

  composed('parallel branches are what each is alone', async (model) => {
    const [x, y, bare] = [await hiddenOf(model, 'x'), await hiddenOf(model, 'y'), await hiddenOf(model, undefined)];
    const got = await hiddenOf(model, { type: 'parallel', children: ['x', none, 'y'] });
    const size = x.length;
    for (const [index, wanted] of [x, bare, y].entries())
      ensureClose(got.slice(index * size, (index + 1) * size), wanted, `branch ${index} and its adapter alone`);
  });

  composed('rows with adapters of their own are what each is alone', async (model) => {
    const alone = [await hiddenOf(model, 'y'), await hiddenOf(model, undefined), await hiddenOf(model, 'x')];
    const got = await hiddenOf(model, undefined, BATCH, { adapters: ['y', null, 'x'] });
    const split = await hiddenOf(model, { type: 'batch-split', sizes: [1, 1, 1], children: ['y', none, 'x'] });
    for (const row of ROWS.keys())
      for (const [what, states] of [
        ['adapters', got],
        ['batch-split', split],
      ] as const)
        ensureClose(tokensOf(states, BATCH, row), tokensOf(alone[row]!, BATCH, row), `row ${row} of ${what}`);
  });

  mixed('a split by tokens runs', async (model) => {
    const batch = batchOf([[1, 2, 3, 4]]);
    const got = await hiddenOf(model, { type: 'split', splits: [2, 2], children: ['x', 'y'] }, batch);
    ensure(got.every(Number.isFinite), 'finite numbers');
    ensureDifferent(got, await hiddenOf(model, 'x', batch), 'a split and its first part');
  });

  composed('a stack runs in order, or is refused for adapters in parallel', async (model, flow) => {
    if (flow === 'parallel')
      return ensureRefused(
        () => model.compose(stack('x', 'n')),
        ['COMPOSITION_INVALID'],
        'a stack of parallel adapters',
      );
    const alone = await hiddenOf(model, 'x');
    ensureClose(await hiddenOf(model, stack('x')), alone, 'a stack of one and its member', 1e-6);
    for (const node of [stack('x', 'n'), stack('n', 'x')]) {
      const got = await hiddenOf(model, node);
      ensure(got.every(Number.isFinite), 'finite numbers');
      ensureDifferent(got, alone, 'a stack of two and one of them');
    }
    return undefined;
  });

  mixed('it is fused with itself and with a stranger, whoever leads', async (model) => {
    for (const [index, node] of [fuse('x', 'y'), fuse('x', 'n'), fuse('n', 'x'), fuse('x', none)].entries()) {
      const named = { ...node, fusion: `f${index}` };
      model.addFusion(equalWeights(), named, { seed: 1 });
      const got = await hiddenOf(model, named);
      ensure(got.every(Number.isFinite), 'finite numbers');
      ensureDifferent(got, await hiddenOf(model, undefined), 'a fusion and the bare encoder');
    }
  });

  mixed('a child that is masked does not matter', async (model) => {
    const node = { ...fuse('x', 'y'), lead: 'x' };
    model.addFusion(equalWeights(), node, { seed: 1 });
    const masked = await hiddenOf(model, node, BATCH, { mask: ['y'] });
    for (const path of model.parameters.paths().filter((each) => each.startsWith('adapters/y/'))) {
      const { shape, size } = model.parameters.get(path);
      model.parameters.set(path, { shape: [...shape], data: new Float32Array(size).fill(0.3) });
    }
    const got = await hiddenOf(model, node, BATCH, { mask: ['y'] });
    ensureClose(got, masked, 'a fusion before and after its masked child changed');
  });

  mixed('it trains inside a fusion', async (model) => {
    const node = fuse('x', 'n');
    model.addFusion(equalWeights(), node, { seed: 1 });
    model.compose(node);
    const [first] = model.adapters.get('x')!.sites.keys();
    // What belongs to single use, such as a gate, is not seen by a fusion: its gradient is 0.
    const { piecewise } = model.adapters.get('x')!.instance;
    await ensureGradients(model, `adapters/x/${first}/`, { zero: true, piecewise });
  });
}

/** The role of its sites, where a neighbour has one that mixes. */
const roleOf = (model: Model): SiteRole =>
  sitesOfX(model).find(({ role }) => role === 'sublayer' || role === 'linear')?.role ?? 'sublayer';
