import { describe, expect, it } from 'vitest';
import { lackOfChromium } from './chromium.js';
import type { TrainingOutcome } from './pages/training.page.js';
import { useSite } from './site.spec.js';

const labels = ({ predictions }: TrainingOutcome): string[] => predictions.map(({ label }) => label);
const scores = ({ predictions }: TrainingOutcome): number[] =>
  predictions.flatMap((each) => Object.values(each.scores));

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'training in Chromium', () => {
  const site = useSite(['training']);

  it('learns two adapters and their fusion on wasm, and predicts with them', async () => {
    const outcome = await site.run<TrainingOutcome>('training', { backend: 'wasm', epochs: [8, 8, 12] });
    expect(outcome.accuracies).toEqual([1, 1, 1]);
    expect(labels(outcome)).toEqual(['weather', 'animal']);
    expect(outcome.left).toBe(0);
  });

  it('does the same on webgpu step by step, in memory that does not grow', async () => {
    const epochs = [3, 1, 2];
    const wasm = await site.run<TrainingOutcome>('training', { backend: 'wasm', epochs });
    const webgpu = await site.run<TrainingOutcome>('training', { backend: 'webgpu', epochs });
    expect(webgpu.losses).toHaveLength(30);
    webgpu.losses.forEach((loss, step) => expect(loss).toBeCloseTo(wasm.losses[step]!, 5));
    scores(webgpu).forEach((score, index) => expect(score).toBeCloseTo(scores(wasm)[index]!, 5));
    expect(webgpu.left).toBe(0);
    // The first steps of each shape make buffers; the last epoch has to do with them.
    const last = webgpu.held.filter(({ epoch }) => epoch === epochs[0]);
    expect(last).toHaveLength(5);
    expect(last[0]!.used).toBeGreaterThan(0);
    expect(last.map(() => last[0])).toEqual(last);
  }, 600_000);
});
