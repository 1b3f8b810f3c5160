import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fuse, train, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
// Whether the first word is one of four: learned in part, so that what the adapters are shows in what is answered.
const hard = new TextDecoder().decode(files.held.get('rows.tsv')).trim().split('\n').slice(1);
const label = (text: string): string => (/^(sun|rain|cat|dog)/.test(text) ? 'early' : 'late');
files.set('order.tsv', `text\tlabel\n${hard.map((line) => `${line.split('\t')[0]}\t${label(line)}`).join('\n')}\n`);
const settings = { epochs: 2, batchSize: 4, learningRate: 1e-2, checkpointEvery: 1 };
const common = {
  files,
  backend: 'wasm' as const,
  model: 'encoder',
  data: 'rows.tsv',
  settings,
  head: { pooling: 'mean' },
};

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const weights = (folder: string): string => [...files.held.get(`${folder}/weights.safetensors`)!].join();
const tableOf = (events: readonly RunEvent[]) => events.find((event) => event.type === 'table')!;

beforeAll(async () => {
  await openBackend('wasm');
  const adapter = 'seq_bn[reduction_factor=4]';
  for (const [index, name] of ['a', 'b', 'c'].entries())
    await all(train({ ...common, settings: { ...settings, epochs: 1, seed: index }, adapter, name, out: name }));
});

type Run = (options: { out: string; signal?: AbortSignal }) => AsyncIterable<RunEvent>;

let runs = 0;
/** Leaves a run after a step; started again it must end with the bytes of one left alone, and leave nothing behind. */
async function resumes(run: Run, step: number): Promise<void> {
  const before = tensorCount();
  const whole = `whole-${++runs}`;
  await all(run({ out: whole }));
  expect(tensorCount()).toBe(before);
  const controller = new AbortController();
  const out = `stopped-${whole}`;
  for await (const event of run({ out, signal: controller.signal }))
    if (event.type === 'step' && event.step === step) controller.abort();
  const rest = await all(run({ out }));
  expect(rest.find(({ type }) => type === 'start')).toMatchObject({ resumedAt: step });
  expect(weights(out)).toBe(weights(whole));
}

describe('st-a[dropLayers=…]', () => {
  const dropping: Run = (options) => train({ ...common, strategy: 'st-a[dropLayers=1]', name: 'd', ...options });

  it('is another adapter than one that is never left out, and resumes', async () => {
    await all(train({ ...common, name: 'd', out: 'plain' }));
    await all(dropping({ out: 'dropped' }));
    expect(weights('dropped')).not.toBe(weights('plain'));
    await resumes(dropping, 9);
  });

  it('is trained with equal numbers of tensors, whatever is skipped', async () => {
    const steps = (await all(dropping({ out: 'counted' }))).flatMap((event) => (event.type === 'step' ? [event] : []));
    expect(new Set(steps.map(({ tensors }) => tensors)).size).toBe(1);
    expect(new Set(steps.map(({ loss }) => loss)).size).toBe(steps.length);
  });
});

describe('fuse, strategy', () => {
  const fusing = { ...common, adapters: ['a', 'b', 'c'], name: 'f', fusion: 'attention' };

  it('fusion[adapters=tuned] trains the adapters too; the table’s other rows are of those that were given', async () => {
    const adapters = ['a', 'b'];
    const data = {
      ...fusing,
      adapters,
      data: 'order.tsv',
      measureOn: 'train' as const,
      compare: 'linear' as const,
      settings: { ...settings, learningRate: 5e-2 },
    };
    const frozen = await all(fuse({ ...data, out: 'frozen' }));
    const before = tensorCount();
    const tuned = await all(fuse({ ...data, strategy: 'fusion[adapters=tuned]', out: 'tuned' }));
    expect(tensorCount()).toBe(before);
    const [table, other] = [tableOf(tuned), tableOf(frozen)];
    expect(table.singles).toEqual(other.singles);
    expect(table.table.slice(0, -1)).toEqual(other.table.slice(0, -1));
    const parameters = 2 * 2 * (16 * 4 + 4 + 4 * 16 + 16);
    expect(table.table.at(-1)!.trained).toBe(other.table.at(-1)!.trained + parameters);
    const start = (events: readonly RunEvent[]) => events.find((event) => event.type === 'start')!.trainable;
    expect(start(tuned)).toBe(start(frozen) + parameters);
    expect(weights('tuned')).not.toBe(weights('frozen'));
  });

  it('fusion[subset=…] leaves some adapters out of every step, and resumes, with tuned adapters as well', async () => {
    for (const [out, subset] of Object.entries({ some: 2, every: 3 }))
      await all(fuse({ ...fusing, strategy: `fusion[subset=${subset}]`, compare: false, out }));
    await all(fuse({ ...fusing, compare: false, out: 'usual' }));
    expect(weights('every')).toBe(weights('usual'));
    expect(weights('some')).not.toBe(weights('usual'));
    for (const strategy of ['fusion[subset=2]', 'fusion[subset=2,adapters=tuned]'])
      await resumes((options) => fuse({ ...fusing, strategy, compare: false, ...options }), 6);
  });

  it.each([
    ['st-a', 'OPTIONS_INVALID', '"st-a", which trains adapter'],
    ['fusion[subset=4]', 'OPTIONS_INVALID', 'at most 3'],
    ['fusio', 'PLUGIN_MISSING', 'Did you mean "fusion"?'],
  ])('%s is refused', async (strategy, code, words) => {
    const refused = all(fuse({ ...fusing, strategy, out: 'refused' }));
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(files.below('refused')).toEqual([]);
  });
});
