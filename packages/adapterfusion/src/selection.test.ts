import { hash32 } from '@adapterfusion/contracts';
import { parseManifest } from '@adapterfusion/checkpoint';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { compositionRule, fuse, SELECTION_ROWS, train, type FuseOptions, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';
import { simplestOf } from './selection.js';

const files = tinyTask();
const WORDS = ['sun', 'rain', 'cloud', 'snow', 'cat', 'dog', 'fox', 'hen'];
const settings = { epochs: 1, batchSize: 16, seed: 3, checkpointEvery: 0 };
const common = { files, backend: 'wasm' as const, model: 'encoder', settings, head: { pooling: 'mean', dropout: 0 } };

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const run = (options: Partial<FuseOptions> = {}) =>
  all(
    fuse({
      ...common,
      data: 'rows.tsv',
      adapters: ['a', 'b'],
      out: 'out',
      overwrite: true,
      compare: false,
      ...options,
    }),
  );
const fusionOf = (out: string) =>
  Object.values(parseManifest(files.held.get(`${out}/adapterfusion.json`)!, out).fusions)[0]!;

beforeAll(async () => {
  await openBackend('wasm');
  const lines = Array.from({ length: 200 }, (_, row) => {
    const weather = row % 2 === 0;
    const words = [0, 1, 2, 3].map((at) => WORDS[(weather ? 0 : 4) + (hash32(5, row, at) % 4)]!);
    return `${words.join(' ')}\t${weather ? 'weather' : 'animal'}`;
  });
  files.set('many.tsv', `text\tlabel\n${lines.join('\n')}\n`);
  files.set('source.tsv', `text\tlabel\n${lines.slice(0, 60).join('\n')}\n`);
  for (const name of ['a', 'b']) await all(train({ ...common, data: 'source.tsv', name, out: name }));
});

describe('the simplest within one standard error', () => {
  const score = (loss: number, standardError = 0.1) => ({ loss, standardError });
  it('is selected', () => {
    const scores = [score(0.55), score(0.5), score(0.48)];
    expect(simplestOf(scores)).toBe(scores[0]);
  });
  it('is the lowest where the others are farther away', () => {
    const scores = [score(0.59), score(0.7), score(0.48)];
    expect(simplestOf(scores)).toBe(scores[2]);
    // The standard error is that of the lowest.
    const wide = [score(0.59, 0.9), score(0.48, 0.01)];
    expect(simplestOf(wide)).toBe(wide[1]);
  });
});

describe('fusion: auto', () => {
  it('follows the rule below 128 rows, and trains nothing where nothing is left to train', async () => {
    const before = tensorCount();
    const events = await run();
    expect(tensorCount()).toBe(before);
    expect(compositionRule(36)).toBe('average');
    expect(fusionOf('out').plugin).toBe('@adapterfusion/fusion-average#average');
    expect(events.filter(({ type }) => type === 'step')).toEqual([]);
    expect(events.find((event) => event.type === 'saved')!.metrics['accuracy']).toBe(1);
    expect(files.below('out.run')).toEqual([]);
  });

  it('selects by cross-validation from 128 rows on, the average where all do equally well', async () => {
    const stages = new Set<string>();
    const before = tensorCount();
    const onProgress = ({ stage }: { stage: string }): unknown => stages.add(stage);
    await run({ data: 'many.tsv', trainRows: SELECTION_ROWS, onProgress });
    expect(tensorCount()).toBe(before);
    expect([...stages]).toContain('selection');
    expect(fusionOf('out').plugin).toBe('@adapterfusion/fusion-average#average');
    stages.clear();
    await run({ data: 'many.tsv', trainRows: SELECTION_ROWS - 2, onProgress });
    expect([...stages]).not.toContain('selection');
  });

  it('takes a method that is asked for as it is', async () => {
    const events = await run({ fusion: 'attention' });
    expect(fusionOf('out')).toMatchObject({ plugin: '@adapterfusion/fusion-attention#attention' });
    expect(fusionOf('out').options).toMatchObject({ initial: 'reference' });
    expect(events.some(({ type }) => type === 'step')).toBe(true);
    await run({ fusion: 'average[strength=0.3]' });
    expect(fusionOf('out').options).toEqual({ strength: 0.3 });
  });

  it('is attention where the head starts at random', async () => {
    await run({ headStart: 'random' });
    expect(fusionOf('out').plugin).toBe('@adapterfusion/fusion-attention#attention');
  });
});
