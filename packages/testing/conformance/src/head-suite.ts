import { identityOf, type AnyConfigured } from '@adapterfusion/contracts';
import { dispose, parameterRandom, read, scope } from '@adapterfusion/tensor';
import { ensure, ensureClose, farthest } from './expect.js';
import { checkHeadFit } from './head-fit.js';
import { HeadFixture, HIDDEN, pooledOf, type HeadSuiteOptions } from './head-fixture.js';
import { checkHeadLoss } from './head-loss.js';
import { checkPlugin, nameOf } from './plugin-checks.js';
import { checksOn, type Check, type TestRunner } from './runner.js';
import { changedOf, copies } from './site-context.js';
import { TRAIN } from './small-model.js';
import { valuesOf } from './values.js';

/**
 * Tests a head: its plugin, initial parameters, features and outputs, dropout, loss with weights and gradients, and where the
 * head has them `linear` and `fit`.
 * @param configured the head with options; call the suite again for other options
 * @param options labels, and the targets that the loss reads: of example rows and their task kind, or handed over
 */
export function testHead(runner: TestRunner, configured: AnyConfigured<'head'>, options: HeadSuiteOptions): void {
  runner.describe(`conformance of the head ${nameOf(configured)}`, () => {
    const check = checksOn(runner, options);
    checkPlugin(check, configured, 'head');
    checkDeclared(check, configured, options);
    checkOutputs(check, configured, options);
    checkHeadLoss(check, configured, options);
    checkHeadFit(check, configured, options);
  });
}

function checkDeclared(check: Check, configured: AnyConfigured<'head'>, options: HeadSuiteOptions): void {
  const { plugin } = configured;
  const { tasks, pooling, layers, standardises } = plugin.supports;

  check('declares the task kinds whose targets it reads, and the options that it has', () => {
    ensure(tasks.length > 0 && tasks.every((task) => task.length > 0), 'task kinds in supports.tasks');
    if ('taskKind' in options.targets) {
      const kind = options.targets.taskKind.plugin;
      ensure(
        tasks.includes(kind.id) || tasks.includes(identityOf(kind)),
        `${kind.id} among the task kinds in supports.tasks; got ${tasks.join(', ')}`,
      );
    }
    const takes = (given: object): boolean => {
      try {
        plugin.options(given);
        return true;
      } catch {
        return false;
      }
    };
    const known: readonly (readonly [string, boolean | undefined, object])[] = [
      ['pooling', pooling, { pooling: 'mean' }],
      ['layers', layers, { layers: 1 }],
      ['standardises', standardises, { centre: 0.5, scale: 2 }],
    ];
    for (const [name, declared, given] of known)
      ensure(declared !== true || takes(given), `the options ${Object.keys(given).join()}, as supports.${name} says`);
    if (layers === true) {
      const one: unknown = plugin.options({ layers: 1 });
      const context = new HeadFixture(configured, options).context;
      const { fit } = plugin.create(one, context);
      ensure(fit !== undefined, 'a method "fit" with the option layers: 1, as supports.layers says');
    }
  });
}

function checkOutputs(check: Check, configured: AnyConfigured<'head'>, options: HeadSuiteOptions): void {
  const made = (): HeadFixture => new HeadFixture(configured, options);

  check('starts with the same finite numbers from the same seed', async () => {
    const fixture = made();
    const [once, again] = [
      fixture.create().init(parameterRandom(2, 'head')),
      fixture.create().init(parameterRandom(2, 'head')),
    ];
    ensure(Object.keys(once).length > 0, 'parameters');
    for (const [name, each] of Object.entries(once)) {
      const [a, b] = [await read(each), await read(again[name]!)];
      ensure(farthest(a, b) === 0, `the same initial ${name} twice`);
      ensure(a.every(Number.isFinite), `finite initial values of ${name}`);
    }
    dispose([...Object.values(once), ...Object.values(again)]);
  });

  check('gives features and outputs of the declared shapes', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      ensure(Number.isInteger(head.outputs) && head.outputs > 0, `outputs of at least 1; got ${head.outputs}`);
      const inputs = fixture.inputsOf(fixture.all).length;
      const [features, outputs] = scope(() => {
        const given = fixture.features(head, fixture.all);
        return [given.shape.join(), head.forward(params, given).shape.join()];
      });
      const tokens = head.pool ? [] : [fixture.time];
      const wanted = [inputs, ...tokens, head.outputs].join();
      ensure(
        features === [inputs, ...tokens, HIDDEN].join(),
        `features [${[inputs, ...tokens, HIDDEN].join()}]; got [${features}]`,
      );
      ensure(outputs === wanted, `outputs [${wanted}]; got [${outputs}]`);
    });
  });

  check('keeps its arguments as they are, and remembers nothing', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      const { hidden, mask } = fixture.states(fixture.all);
      const features = scope(() => fixture.features(head, fixture.all));
      const tensors = new Map(Object.entries({ ...params, hidden, mask, features }));
      const before = new Map<string, Float32Array>();
      for (const [name, each] of tensors) before.set(name, Float32Array.from(await read(each)));
      if (head.pool) await valuesOf(() => head.pool!({ hidden, mask, pooled: () => pooledOf(hidden) }));
      const first = await valuesOf(() => head.forward(params, features));
      await valuesOf(() => head.forward(params, features, TRAIN));
      await valuesOf(() => head.loss(head.forward(params, features), fixture.targets(fixture.all)));
      const twins = copies(params);
      const again = await valuesOf(() => fixture.create().forward(twins, features));
      const touched = await changedOf(before, tensors);
      ensure(touched.length === 0, `its arguments unchanged and alive; not so ${touched.join(', ')}`);
      const third = await valuesOf(() => head.forward(params, features));
      ensure(farthest(first, third) === 0, 'the same outputs before and after other passes');
      ensure(farthest(first, again) === 0, 'the same outputs from copies of the parameters and from another instance');
      dispose([hidden, mask, features, ...Object.values(twins)]);
    });
  });

  check('gives a row the same outputs alone, among others, and with more padding', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      const outputs = (rows: readonly number[], time: number, junk: number): Promise<Float32Array> =>
        valuesOf(() => head.forward(params, fixture.features(head, rows, time, junk)));
      const { time } = fixture;
      const together = await outputs(fixture.all, time, 0);
      for (const row of fixture.all) {
        const own = fixture.inputsOf([row]);
        const size = head.pool ? head.outputs : time * head.outputs;
        const alone = await outputs([row], time + 3, 40);
        own.forEach((input, at) => {
          const tokens = head.pool ? 1 : fixture.rows.lengths[input]!;
          const other = head.pool ? head.outputs : (time + 3) * head.outputs;
          ensureClose(
            alone.slice(at * other, at * other + tokens * head.outputs),
            together.slice(input * size, input * size + tokens * head.outputs),
            `row ${row + 1} alone with more padding and among others`,
          );
        });
      }
    });
  });

  check('pools as it declares: the tokens used and the pooler', async () => {
    const fixture = made();
    const head = fixture.create();
    if (!head.pool) {
      ensure(head.readsPooler !== true, 'no readsPooler without a method "pool"');
      return;
    }
    const { hidden, mask } = fixture.states(fixture.all);
    let asked = 0;
    const pooled = (): ReturnType<typeof pooledOf> => (asked++, pooledOf(hidden));
    const all = await valuesOf(() => head.pool!({ hidden, mask, pooled }));
    ensure(asked > 0 === (head.readsPooler ?? false), 'pooled() called exactly where readsPooler is true');
    if (head.tokensUsed === 'first') {
      const first = fixture.states(fixture.all, 1);
      const got = await valuesOf(() => head.pool!({ ...first, pooled }));
      ensureClose(got, all, 'features of the first token alone and of all tokens');
      dispose([first.hidden, first.mask]);
    }
    dispose([hidden, mask]);
  });

  check('drops out while training only, and by the key', () => {
    const fixture = made();
    return fixture.withParams(async (head, params) => {
      const outputs = (step?: number): Promise<Float32Array> =>
        valuesOf(() =>
          head.forward(
            params,
            fixture.features(head, fixture.all),
            step === undefined ? undefined : { key: { ...TRAIN.key, step } },
          ),
        );
      const evaluated = await outputs();
      ensure(farthest(evaluated, await outputs()) === 0, 'the same outputs in evaluation twice');
      const trained = await outputs(5);
      ensure(farthest(trained, await outputs(5)) === 0, 'the same outputs for the same key');
      if (farthest(trained, evaluated) > 1e-6)
        ensure(farthest(trained, await outputs(6)) > 1e-6, 'other outputs for another key, where there is dropout');
    });
  });
}
