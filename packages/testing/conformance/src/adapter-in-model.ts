import { parseSafetensors, toFloat32, writeSafetensors } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type AnyConfigured } from '@adapterfusion/contracts';
import { combineAdapters, type SingleAdapter } from '@adapterfusion/model/combine';
import { mergeAdapter } from '@adapterfusion/model/merge';
import { ensure, ensureClose, ensureDifferent, ensureRefused, farthest, thrownBy } from './expect.js';
import { ensureEveryKind } from './gradient-checks.js';
import { defaultsOf } from './plugin-checks.js';
import type { Check } from './runner.js';
import {
  addStirred,
  BATCH,
  batchOf,
  hiddenOf,
  lossOf,
  noise,
  ROWS,
  smallModel,
  stir,
  tokensOf,
} from './small-model.js';
import { fixedWeights } from './toys.js';
import { isMixable } from './mixable.js';

/** What holds for an encoder with one adapter of the method. */
export function checkAdapterInModel(check: Check, configured: AnyConfigured<'adapter'>): void {
  const { supports } = configured.plugin;
  const withModel =
    (body: (model: ReturnType<typeof smallModel>) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const model = smallModel();
      try {
        addStirred(model, 'x', configured);
        await body(model);
      } finally {
        model.dispose();
      }
    };

  // It is of its defaults that a plugin declares this.
  const own = JSON.stringify(configured.options) === JSON.stringify(defaultsOf(configured) ?? configured.options);
  const initially: Check = own ? check : () => undefined;
  initially(
    supports.identityAtInit ? 'changes nothing at first' : 'changes something at first, as it declares',
    async () => {
      const model = smallModel();
      model.addAdapter('x', configured, { seed: 1 });
      const [bare, fresh] = [await hiddenOf(model, undefined), await hiddenOf(model, 'x')];
      model.dispose();
      if (supports.identityAtInit) ensureClose(fresh, bare, 'the encoder with a fresh adapter and without', 1e-6);
      else ensure(farthest(fresh, bare) > 1e-6, 'a fresh adapter to change something');
    },
  );

  check(
    'changes something once it has learned',
    withModel(async (model) =>
      ensureDifferent(await hiddenOf(model, 'x'), await hiddenOf(model, undefined), 'the encoder with and without'),
    ),
  );

  check(
    'gives a row the same alone, among others, and with more padding',
    withModel(async (model) => {
      const together = await hiddenOf(model, 'x');
      for (const [row, tokens] of ROWS.entries())
        for (const time of [tokens.length, 9]) {
          const batch = batchOf([tokens], time);
          const alone = tokensOf(await hiddenOf(model, 'x', batch), batch, 0);
          ensureClose(alone, tokensOf(together, BATCH, row), `row ${row} alone, padded to ${time}`);
        }
    }),
  );

  check(
    'has gradients that agree with finite differences',
    withModel(async (model) => {
      model.compose('x');
      const { piecewise } = model.adapters.get('x')!.instance;
      await ensureEveryKind(model, 'adapters/x/', { piecewise });
    }),
  );

  check(
    'lets gradients through to what lies below it',
    withModel(async (model) => {
      model.compose('x');
      model.parameters.setTrainable((path) => path === 'embeddings.word_embeddings.weight');
      const { gradients } = await lossOf(model);
      const norm = Math.hypot(...[...gradients.values()][0]!);
      ensure(Number.isFinite(norm) && norm > 1e-3, `a gradient for the embeddings; its norm is ${norm}`);
    }),
  );

  check(
    'trains the same from the same key, frozen or not',
    withModel(async (model) => {
      model.compose('x');
      model.parameters.setTrainable((path) => path.startsWith('adapters/'));
      const [once, again] = [await lossOf(model), await lossOf(model)];
      ensure(once.loss === again.loss, 'the same loss for the same key');
      for (const [path, values] of once.gradients)
        ensure(farthest(values, again.gradients.get(path)!) === 0, `the same gradient of ${path} for the same key`);
      const trained = await hiddenOf(model, 'x');
      model.parameters.setTrainable(() => false);
      ensureClose(await hiddenOf(model, 'x'), trained, 'frozen and trained', 1e-6);
    }),
  );

  check(
    'is saved and loaded to the same numbers',
    withModel(async (model) => {
      const wanted = await hiddenOf(model, 'x');
      const stored = await model.values('adapters', 'x');
      const bytes = writeSafetensors(Array.from(stored, ([name, { shape, data }]) => ({ name, shape, data })));
      const read = parseSafetensors(bytes, 'conformance').tensors;
      const values = new Map([...read].map(([name, each]) => [name, { shape: each.shape, data: toFloat32(each) }]));
      const other = smallModel();
      other.addAdapter('y', configured, { values });
      const got = await hiddenOf(other, 'y');
      const short = new Map([...values].slice(1));
      await ensureRefused(
        () => other.addAdapter('z', configured, { values: short }),
        ['TENSORS_INVALID'],
        'a file that lacks a tensor',
      );
      other.dispose();
      ensure(farthest(got, wanted) === 0, 'the same numbers after saving and loading');
    }),
  );

  check(
    supports.merge ? 'is merged into the encoder and taken out again' : 'is refused where it should be merged',
    withModel(async (model) => {
      const apart = await hiddenOf(model, 'x');
      let undo: (() => void) | undefined;
      const thrown = await thrownBy(async () => (undo = (await mergeAdapter(model, 'x')).undo));
      if (!supports.merge || thrown !== undefined)
        return ensure(
          AdapterFusionError.is(thrown) && thrown.code === 'UNSUPPORTED',
          `merging to be refused with UNSUPPORTED or to work; got ${String(thrown)}`,
        );
      ensureClose(await hiddenOf(model, undefined), apart, 'merged and apart', 1e-4);
      undo!();
      ensure(farthest(await hiddenOf(model, 'x'), apart) === 0, 'the same bits when it is taken out again');
    }),
  );

  check(
    'is combined with another of its kind to one adapter that computes the same, if it can be combined',
    withModel(async (model) => {
      const node = { type: 'fuse', fusion: 'f', children: ['x', 'y'] } as const;
      model.addAdapter('y', configured, { seed: 9 });
      for (const [at, path] of model.parameters.paths().entries())
        if (path.startsWith('adapters/y/')) {
          const { shape, size } = model.parameters.get(path);
          model.parameters.set(path, { shape: [...shape], data: noise(size, 60 + at) });
        }
      if (!isMixable(model)) return;
      model.addFusion(fixedWeights(), node, { seed: 1 });
      const wanted = await hiddenOf(model, node);
      let made: SingleAdapter | undefined;
      const thrown = await thrownBy(async () => (made = await combineAdapters(model)));
      if (!made)
        return ensure(
          AdapterFusionError.is(thrown) && thrown.code === 'UNSUPPORTED',
          `combining to be refused with UNSUPPORTED or to work; got ${String(thrown)}`,
        );
      ensure(model.adapters.get('x')!.instance.combine !== undefined, 'a method with "combine"');
      model.addAdapter('one', made.configured, { values: made.values });
      ensureClose(await hiddenOf(model, 'one'), wanted, 'one adapter and the fusion');
    }),
  );

  check('does not mind others with other parameters', async () => {
    const model = smallModel();
    addStirred(model, 'x', configured);
    const before = await hiddenOf(model, 'x');
    model.addAdapter('other', configured, { seed: 9 });
    stir(model, 'adapters/other/');
    await hiddenOf(model, 'other');
    ensure(farthest(await hiddenOf(model, 'x'), before) === 0, 'the same before and after another was used');
    model.dispose();
  });
}
