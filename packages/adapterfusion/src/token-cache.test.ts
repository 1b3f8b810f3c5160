import { parseManifest } from '@adapterfusion/checkpoint';
import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { train, type RunEvent, type TrainOptions } from './index.js';
import { tinyTask, type MemoryFiles } from './memory.spec.js';

/** Files that say what is done with them; the rows to train on can only be read part by part, at most `part` bytes. */
function watched(part = 2 ** 20) {
  const files = tinyTask();
  const rows = new TextDecoder().decode(files.held.get('rows.tsv')).trim().split('\n');
  files.set('mine/train.tsv', `${rows.slice(0, 31).join('\n')}\n`);
  files.set('mine/dev.tsv', `${[rows[0], ...rows.slice(31)].join('\n')}\n`);
  const appended: string[] = [];
  const slices: number[] = [];
  const whole = files.read.bind(files);
  const own = {
    read: (path: string) => {
      if (path === 'mine/train.tsv') throw new Error('read whole');
      return whole(path);
    },
    open: async (path: string) => {
      const bytes = files.held.get(path)!;
      const slice = async (from: number, to: number): Promise<Uint8Array> => {
        if (to - from > part) throw new Error(`${to - from} bytes at once`);
        if (path.endsWith('.rows')) slices.push(to - from);
        return bytes.slice(from, to);
      };
      return { size: bytes.length, slice };
    },
    append: async (path: string, bytes: Uint8Array) => {
      appended.push(path);
      const before = files.held.get(path) ?? new Uint8Array();
      files.set(path, Uint8Array.from([...before, ...bytes]));
    },
  };
  return { files: Object.assign(files, own) as MemoryFiles, appended, slices };
}

async function run(files: MemoryFiles, options: Partial<TrainOptions>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const settings = { epochs: 2, batchSize: 8, seed: 3, maxLength: 8 };
  const common = { backend: 'wasm', model: 'encoder', data: 'mine', out: 'out', overwrite: true, settings } as const;
  for await (const event of train({ ...common, files, ...options })) events.push(event);
  return events;
}
const weights = (files: MemoryFiles) => parseManifest(files.held.get('out/adapterfusion.json')!, 'out').files;

beforeAll(async () => {
  await openBackend('wasm');
});

describe('rows on disk as token ids', () => {
  it('train to the same weights as rows in memory, a batch of them in memory at a time', async () => {
    const { files, slices } = watched();
    // A fitted head reads a part of the rows more.
    const events = await run(files, { cache: 'cache', headStart: 'random' });
    expect(events.find(({ type }) => type === 'data')).toMatchObject({
      train: 30,
      available: 30,
      baseline: { value: 0.5 },
    });
    expect(slices).toHaveLength(60);
    const cached = weights(files);
    const plain = tinyTask();
    for (const name of ['mine/train.tsv', 'mine/dev.tsv']) plain.set(name, files.held.get(name)!);
    await run(plain, { headStart: 'random' });
    expect(weights(plain)).toEqual(cached);
    await run(files, { cache: 'cache' });
    await run(plain, {});
    expect(weights(plain)).toEqual(weights(files));
  });

  it('are made once for the same rows, and anew for others, another length or another tokenizer', async () => {
    const { files, appended } = watched();
    const made = async (options: Partial<TrainOptions> = {}): Promise<number> => {
      const before = appended.length;
      await run(files, { cache: 'cache', ...options });
      return appended.length - before;
    };
    expect(await made()).toBe(1);
    expect(await made({ settings: { epochs: 1, seed: 9, maxLength: 8 } })).toBe(0);
    expect(await made({ settings: { epochs: 1, maxLength: 4 } })).toBe(1);
    files.set('mine/train.tsv', new TextDecoder().decode(files.held.get('mine/train.tsv')).replace('sun', 'fox'));
    expect(await made()).toBe(1);
    const vocabulary = new TextDecoder().decode(files.held.get('encoder/vocab.txt'));
    files.set('encoder/vocab.txt', vocabulary.replace('cat\ndog', 'dog\ncat'));
    expect(await made()).toBe(1);
  });

  it.each([
    ['rows cut short', '.rows', (bytes: Uint8Array) => bytes.slice(0, -1)],
    [
      'a changed index',
      '.index',
      (bytes: Uint8Array<ArrayBufferLike>) => bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
    ],
    ['a record that is no JSON', '.json', (bytes: Uint8Array) => bytes.slice(0, 9)],
  ])('%s are made again', async (_, ending, change) => {
    const { files, appended } = watched();
    await run(files, { cache: 'cache' });
    const path = [...files.held.keys()].find((name) => name.startsWith('cache/') && name.endsWith(ending))!;
    const whole = files.held.get(path)!;
    files.set(path, change(whole));
    await run(files, { cache: 'cache' });
    expect(appended).toHaveLength(2);
    expect(files.held.get(path)).toEqual(whole);
  });

  it('are not made again where another process made them meanwhile', async () => {
    const { files, appended } = watched();
    const lock = async (): Promise<() => Promise<void>> => {
      Object.assign(files, { lock: undefined });
      await run(files, { cache: 'cache', out: 'other' });
      return async () => {};
    };
    await run(Object.assign(files, { lock }), { cache: 'cache' });
    expect(appended).toHaveLength(1);
  });

  it('are refused where they would have to be in memory, and where nothing can be appended to', async () => {
    const { files } = watched();
    for (const options of [{ trainRows: 8 }, { holdOut: 0.5 }, { measureOn: 'train' as const }])
      await expect(run(files, { cache: 'cache', ...options })).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        at: 'cache',
      });
    const plain = tinyTask();
    await expect(run(plain, { cache: 'cache', data: 'rows.tsv' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const rows = new TextDecoder().decode(files.held.get('mine/train.tsv'));
    files.set('mine/train.tsv', `${rows}\tweather\n`);
    await expect(run(files, { cache: 'cache' })).rejects.toMatchObject({
      code: 'DATA_INVALID',
      at: 'mine/train.tsv:32',
    });
  });
});
