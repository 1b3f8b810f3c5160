import { describe, expect, it } from 'vitest';
import { lackOfChromium } from './chromium.js';
import type { LossOutcome } from './pages/faults.page.js';
import { useSite } from './site.spec.js';

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'faults of WebGPU in Chromium', () => {
  const site = useSite(['faults']);

  it('a browser without WebGPU refuses it and takes wasm for auto', async () => {
    const refused = await site.run<string>('faults', 'open', false);
    expect(refused).toMatch(
      /^BACKEND_UNAVAILABLE backend: expected "webgpu"; got WebGPU is there but offers no adapter/,
    );
    expect(await site.run('faults', 'auto', false)).toBe('wasm');
  });

  it('a browser with WebGPU opens it, also for auto', async () => {
    expect(await site.run('faults', 'open')).toMatchObject({
      name: 'webgpu',
      device: expect.stringMatching(/swiftshader/i),
    });
    expect(await site.run('faults', 'auto')).toBe('webgpu');
  });

  it('a kernel that the device refuses is an error with the words of the compiler, not zeros', async () => {
    const refused = await site.run<string>('faults', 'brokenKernel');
    expect(refused).toMatch(/^BACKEND_FAILED webgpu: .*unresolved call target 'undefined_name'/s);
  });

  it('a weight and a result that are too large are named, with the limit', async () => {
    expect(await site.run<string>('faults', 'largeWeight')).toMatch(
      /^BACKEND_LIMIT .*at most 128.0 MiB, this device's maxStorageBufferBindingSize; got "embeddings.word_embeddings.weight" \[2200000, 16\], 134.3 MiB/,
    );
    expect(await site.run<string>('faults', 'largeResult')).toMatch(
      /^BACKEND_LIMIT .*maxStorageBufferBindingSize; got a tensor \[6000, 6000\] of float32, 137.3 MiB/,
    );
  });

  it('a device lost in training ends the run, which goes on from its checkpoint on another', async () => {
    const outcome = await site.run<LossOutcome>('faults', 'lostWhileTraining');
    expect(outcome).toMatchObject({ steps: 7, resumedAt: 5, saved: true });
    expect(outcome.message).toMatch(
      /^BACKEND_LOST st-a, after step 7 of 10: .*destroyed.*a\.run\/st-a-00000005\.safetensors: start again/,
    );
  }, 300_000);
});
