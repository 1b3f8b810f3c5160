import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Backend from './backend.js';

let backend: typeof Backend;
const unavailable = (...words: string[]): Error =>
  expect.objectContaining({
    code: 'BACKEND_UNAVAILABLE',
    message: expect.stringMatching(new RegExp(words.join('.*'))) as string,
  }) as Error;
const provider = (changes: Partial<Backend.BackendProvider>): Backend.BackendProvider => ({
  name: 'native',
  tfjsName: 'cpu',
  missing: () => Promise.resolve(undefined),
  register: () => Promise.resolve(),
  describe: () => Promise.resolve({ device: 'test', version: '1', threads: 2 }),
  ...changes,
});

// Each test as in a process of its own: the module remembers what is open, for all copies of the package.
async function loadAgain(): Promise<void> {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, Symbol.for('adapterfusion.tensor'));
  backend = await import('./backend.js');
}
beforeEach(loadAgain);

describe('openBackend', () => {
  it('opens what is asked for and says what it is', async () => {
    const info = await backend.openBackend('cpu');
    expect(info).toEqual({ name: 'cpu', device: 'JavaScript', version: '4.22.0', threads: 1 });
    expect(backend.currentBackend()).toBe(info);
    expect(await backend.openBackend('cpu')).toBe(info);
    expect(await backend.openBackend('auto')).toBe(info);
    expect(await backend.openBackend()).toBe(info);
  });

  it('opens wasm', async () => {
    expect(await backend.openBackend('wasm')).toMatchObject({ name: 'wasm', threads: 1 });
  });

  it('refuses a second one', async () => {
    await backend.openBackend('cpu');
    await expect(backend.openBackend('wasm')).rejects.toThrow(unavailable('"wasm"', '"cpu" open', 'another process'));
    expect(backend.currentBackend().name).toBe('cpu');
  });

  it('refuses a second one that is asked for at the same time', async () => {
    const [first, second] = await Promise.allSettled([backend.openBackend('cpu'), backend.openBackend('wasm')]);
    expect(first.status).toBe('fulfilled');
    expect(second.status).toBe('rejected');
  });

  it('refuses one that nothing provides, and takes another afterwards', async () => {
    await expect(backend.openBackend('native')).rejects.toThrow(unavailable('"native"', 'nothing here provides it'));
    expect((await backend.openBackend('cpu')).name).toBe('cpu');
  });

  it('refuses one that is missing with the command that would provide it', async () => {
    const missing = { reason: 'no addon', fix: 'Run "adapterfusion native install".' };
    backend.provideBackend(provider({ missing: () => Promise.resolve(missing) }));
    await expect(backend.openBackend('native')).rejects.toThrow(
      unavailable('no addon', 'adapterfusion native install'),
    );
  });

  it('refuses one that does not start, and one that TensorFlow.js does not have', async () => {
    backend.provideBackend(provider({ register: () => Promise.reject(new Error('symbol not found')) }));
    await expect(backend.openBackend('native')).rejects.toThrow(unavailable('symbol not found'));
    backend.provideBackend(provider({ tfjsName: 'nowhere' }));
    await expect(backend.openBackend('native')).rejects.toThrow(unavailable('native'));
    expect(() => backend.currentBackend()).toThrow(unavailable('none open', 'openBackend'));
  });

  it('takes the fastest that is present for auto, never cpu', async () => {
    expect((await backend.openBackend('auto')).name).toBe('wasm');
    await loadAgain();
    backend.provideBackend(provider({}));
    expect(await backend.openBackend('auto')).toEqual({ name: 'native', device: 'test', version: '1', threads: 2 });
  });

  it('passes over for auto what is for those who name it', async () => {
    backend.provideBackend(provider({ byNameOnly: true }));
    expect((await backend.openBackend('auto')).name).toBe('wasm');
    await backend.closeBackend();
    expect((await backend.openBackend('native')).name).toBe('native');
  });

  it('says for auto why nothing fits', async () => {
    for (const name of ['wasm', 'native'] as const)
      backend.provideBackend(provider({ name, missing: () => Promise.resolve({ reason: `no ${name}`, fix: '' }) }));
    await expect(backend.openBackend()).rejects.toThrow(
      unavailable('cuda: nothing', 'native: no native', 'wasm: no wasm', 'cpu'),
    );
  });
});

describe('closeBackend', () => {
  it('frees everything, so that the same or another can be opened', async () => {
    await backend.closeBackend();
    const { tf } = await import('./tfjs.js');
    for (const name of ['cpu', 'wasm', 'wasm', 'cpu'] as const) {
      expect((await backend.openBackend(name)).name).toBe(name);
      expect(tf.memory().numTensors).toBe(0);
      const forgotten = tf.variable(tf.tensor1d([1, 2]));
      expect(await forgotten.add(1).data()).toEqual(new Float32Array([2, 3]));
      await backend.closeBackend();
      // Whoever still holds a tensor may dispose of it.
      forgotten.dispose();
      expect(() => backend.currentBackend()).toThrow(unavailable('none open'));
    }
  });

  it('waits for what is being opened, and tells the provider', async () => {
    let closed = 0;
    backend.provideBackend(provider({ close: () => void closed++ }));
    const opening = backend.openBackend('native');
    await backend.closeBackend();
    await opening;
    await backend.closeBackend();
    expect(closed).toBe(1);
  });
});

describe('backendLack', () => {
  it('says what is missing without opening anything', async () => {
    expect(await backend.backendLack('cpu')).toBeUndefined();
    expect(await backend.backendLack('cuda')).toMatchObject({ reason: 'nothing here provides it' });
    expect(() => backend.currentBackend()).toThrow(unavailable('none open'));
  });
});
