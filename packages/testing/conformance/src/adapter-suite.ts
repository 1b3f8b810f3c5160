import {
  AdapterFusionError,
  type Adapter,
  type AnyConfigured,
  type Params,
  type Site,
  type SiteRole,
  type Tensor,
} from '@adapterfusion/contracts';
import { activate, dispose, linear, mul, parameterRandom, read, scope } from '@adapterfusion/tensor';
import { checkAdapterInModel } from './adapter-in-model.js';
import { checkAdapterCompositions } from './adapter-compositions.js';
import { ensure, ensureClose, farthest, thrownBy } from './expect.js';
import { checkPlugin, nameOf } from './plugin-checks.js';
import { checksOn, type Check, type SuiteOptions, type TestRunner } from './runner.js';
import { changedOf, copies, firstOf, MadeSite, stirred } from './site-context.js';
import { encoder, TRAIN } from './small-model.js';
import { valuesOf } from './values.js';

const ROLES: readonly SiteRole[] = ['sublayer', 'linear', 'embedding', 'attention', 'layer', 'sequence'];

/**
 * Tests an adapter method: its plugin, its parts at every site of a small encoder, the encoder with it, and everything that
 * may be composed with it. Which tests there are depends on what it declares in `supports`; what it does not declare is
 * tested to be absent.
 * @param configured the method with options: `myMethod({ size: 4 })`; call it again for other options
 */
export function testAdapter(
  runner: TestRunner,
  configured: AnyConfigured<'adapter'>,
  options: SuiteOptions = {},
): void {
  runner.describe(`conformance of the adapter ${nameOf(configured)}`, () => {
    const check = checksOn(runner, options);
    checkPlugin(check, configured, 'adapter');
    checkParts(check, configured);
    checkAdapterInModel(check, configured);
    checkAdapterCompositions(check, configured);
  });
}

const create = (configured: AnyConfigured<'adapter'>): Adapter =>
  configured.create({ hidden: encoder.hidden, layers: encoder.layers });

/** The sites where it gives a contribution, one of each location: at attention sites it is tested in the encoder alone. */
function sitesOf(adapter: Adapter): Site[] {
  const acted = encoder.sites.filter((site) => site.role !== 'attention' && adapter.actsAt(site));
  return acted.filter((site, index) => acted.findIndex(({ location }) => location === site.location) === index);
}

/** Single use at a site, as core/model does it. */
function run(adapter: Adapter, params: Params, { ctx }: MadeSite): Tensor {
  const { prepareInput, delta, completeAdapter, completeSublayer } = adapter;
  const entered = prepareInput(params, ctx);
  return completeSublayer(ctx, completeAdapter(params, ctx, entered, delta(params, entered.input, ctx)));
}

function checkParts(check: Check, configured: AnyConfigured<'adapter'>): void {
  const { supports } = configured.plugin;
  const start = (adapter: Adapter, site: Site, seed = 1): Params => ({
    ...adapter.init(site, parameterRandom(seed, site.name)),
    ...adapter.initShared?.({ scope: 'layer', layer: site.layer, sites: [site] }, parameterRandom(seed, 'layer')),
    ...adapter.initShared?.({ scope: 'model', sites: sitesOf(adapter) }, parameterRandom(seed, 'model')),
  });
  /** Runs at every site with stirred parameters, and frees what it was given. */
  const everywhere = async (body: (adapter: Adapter, params: Params, site: Site) => Promise<void>): Promise<void> => {
    const adapter = create(configured);
    for (const site of sitesOf(adapter)) {
      const params = stirred(start(adapter, site));
      await body(adapter, params, site);
      dispose(params);
    }
  };

  check('acts at sites of the roles that it declares, and at no others', () => {
    const adapter = create(configured);
    ensure(supports.roles.length > 0, 'at least one role in supports.roles');
    if (supports.roles.includes('attention')) ensure(adapter.attention !== undefined, 'a method "attention"');
    for (const site of encoder.sites)
      for (const role of ROLES)
        ensure(
          !adapter.actsAt({ ...site, role }) || supports.roles.includes(role),
          `no acting at ${site.location} as a ${role} site, which it does not declare`,
        );
    const known = supports.roles.filter((role) => ['sublayer', 'linear', 'embedding', 'attention'].includes(role));
    const acts = encoder.sites.some((site) => adapter.actsAt(site));
    if (known.length > 0) ensure(acts, `acting at one of the encoder's sites (${known.join(', ')})`);
  });

  check('starts with the same numbers from the same seed', async () => {
    const adapter = create(configured);
    for (const site of sitesOf(adapter)) {
      const [once, again] = [start(adapter, site), start(create(configured), { ...site })];
      ensure(Object.keys(once).length > 0, `parameters at ${site.name}`);
      for (const [name, each] of Object.entries(once)) {
        const [a, b] = [await read(each), await read(again[name]!)];
        ensure(farthest(a, b) === 0, `the same initial ${name} at ${site.name} twice`);
        ensure(a.every(Number.isFinite), `finite initial values of ${name}`);
      }
      dispose([...Object.values(once), ...Object.values(again)]);
    }
  });

  check('gives tensors of the right shapes', () =>
    everywhere(async (adapter, params, site) => {
      const made = new MadeSite(site, { changed: true });
      const [batch, time] = [made.ctx.batch, made.ctx.time];
      const shapes = scope(() => {
        const entered = adapter.prepareInput(params, made.ctx);
        const delta = adapter.delta(params, entered.input, made.ctx);
        const h = adapter.completeAdapter(params, made.ctx, entered, delta);
        const { query, residual } = entered;
        const all = {
          delta,
          completeAdapter: h,
          completeSublayer: adapter.completeSublayer(made.ctx, h),
          residual,
          ...query,
        };
        const width = adapter.inputWidth?.(site) ?? site.outDim;
        ensure(
          entered.input.shape.at(-1) === width,
          `an input of width ${width} at ${site.name}, as inputWidth says; got ${entered.input.shape.at(-1)}`,
        );
        return Object.entries(all).map(([name, { shape }]) => [name, shape.join()] as const);
      });
      const wanted = [batch, time, site.outDim].join();
      for (const [name, shape] of shapes)
        ensure(shape === wanted, `${name} to be [${wanted}] at ${site.name}; got [${shape}]`);
      made.dispose();
    }),
  );

  check('keeps its arguments as they are', () =>
    everywhere(async (adapter, params, site) => {
      for (const changed of [false, true]) {
        const made = new MadeSite(site, { changed, train: TRAIN });
        const names = new Map(Object.entries(params));
        const before = new Map<string, Float32Array>();
        for (const [name, each] of names) before.set(name, Float32Array.from(await read(each)));
        await valuesOf(() => run(adapter, params, made));
        const touched = [...(await made.changed()), ...(await changedOf(before, names))];
        ensure(touched.length === 0, `its arguments unchanged and alive; not so ${touched.join(', ')}`);
        made.dispose();
      }
    }),
  );

  check('remembers nothing', () =>
    everywhere(async (adapter, params, site) => {
      const [made, other] = [new MadeSite(site), new MadeSite(site, { changed: true, train: TRAIN })];
      const first = await valuesOf(() => run(adapter, params, made));
      await valuesOf(() => run(adapter, params, other));
      const again = await valuesOf(() => run(adapter, params, made));
      ensure(farthest(first, again) === 0, `the same at ${site.name} before and after another pass`);
      made.dispose();
      other.dispose();
    }),
  );

  check('works on copies: of its parameters, of sites, made by another instance', () =>
    everywhere(async (adapter, params, site) => {
      const made = new MadeSite(site);
      const wanted = await valuesOf(() => run(adapter, params, made));
      const twins = copies(params);
      const got = await valuesOf(() => run(create(configured), twins, made));
      ensure(farthest(got, wanted) === 0, `the same at ${site.name} from copies`);
      dispose(twins);
      made.dispose();
    }),
  );

  check('takes tokens one by one, if it declares that', () =>
    everywhere(async (adapter, params, site) => {
      if (!adapter.tokenwise) return;
      const [all, first] = [new MadeSite(site, { changed: true }), new MadeSite(site, { changed: true, first: true })];
      const wanted = firstOf(await valuesOf(() => run(adapter, params, all)), all.ctx.time, 1, site.outDim);
      const got = await valuesOf(() => run(adapter, params, first));
      ensureClose(got, wanted, `the first token alone and among others at ${site.name}`);
      all.dispose();
      first.dispose();
    }),
  );

  check('drops out as the key says, and not in evaluation', () =>
    everywhere(async (adapter, params, site) => {
      const [training, same, evaluating] = [
        new MadeSite(site, { train: TRAIN }),
        new MadeSite(site, { train: { key: { ...TRAIN.key } } }),
        new MadeSite(site),
      ] as const;
      const values = (made: MadeSite): Promise<Float32Array> => valuesOf(() => run(adapter, params, made));
      ensure(farthest(await values(training), await values(same)) === 0, 'the same numbers for the same key');
      ensure(farthest(await values(evaluating), await values(evaluating)) === 0, 'the same numbers in evaluation');
      for (const made of [training, same, evaluating]) made.dispose();
    }),
  );

  check('gives as a contribution what its factors give, where it has factors', () =>
    everywhere(async (adapter, params, site) => {
      const factors = adapter.lowRank?.(params, site);
      if (!factors) return;
      const made = new MadeSite(site);
      const wanted = await valuesOf(() =>
        adapter.delta(params, adapter.prepareInput(params, made.ctx).input, made.ctx),
      );
      const got = await valuesOf(() => {
        const { input } = adapter.prepareInput(params, made.ctx);
        const inner = activate(factors.activation, linear(input, factors.down, factors.downBias));
        return mul(linear(inner, factors.up, factors.upBias), factors.scale);
      });
      ensureClose(got, wanted, `delta and lowRank at ${site.name}`);
      made.dispose();
    }),
  );

  check(supports.merge ? 'merges into a projection exactly' : 'has no merge, as it declares', () =>
    everywhere(async (adapter, params, site) => {
      ensure((adapter.merge !== undefined) === supports.merge, `merge exactly where supports.merge is true`);
      if (!adapter.merge) return;
      ensure(site.role === 'linear', 'merging at linear sites only');
      const random = parameterRandom(4, 'projection');
      const weight = random.normal([site.outDim, site.inDim], 0.5);
      const bias = random.normal([site.outDim], 0.5);
      const refused = await thrownBy(() => dispose(scope(() => adapter.merge!(params, { weight, bias }, site))));
      if (AdapterFusionError.is(refused) && refused.code === 'UNSUPPORTED') return dispose([weight, bias]);
      const made = new MadeSite(site);
      const alone = scope(() => ({ ...made.ctx, ...one(linear(made.ctx.x, weight, bias)) }));
      const wanted = await valuesOf(() => {
        const entered = adapter.prepareInput(params, alone);
        return adapter.completeSublayer(
          alone,
          adapter.completeAdapter(params, alone, entered, adapter.delta(params, entered.input, alone)),
        );
      });
      const got = await valuesOf(() => {
        const merged = adapter.merge!(params, { weight, bias }, site);
        return linear(made.ctx.x, merged.weight, merged.bias);
      });
      ensureClose(got, wanted, `merged and unmerged at ${site.name}`);
      dispose([alone.y, weight, bias]);
      made.dispose();
    }),
  );
}

const one = (y: Tensor): { y: Tensor; h: Tensor; normed: () => Tensor } => ({ y, h: y, normed: () => y });
