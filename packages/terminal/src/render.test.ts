import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { bars } from './bars.js';
import { heatMap, weightsHeading } from './heat-map.js';
import { clock, Pace } from './pace.js';
import { ProgressLine } from './progress.js';
import { table } from './table.js';

/** A stream that says whether it is a terminal, and keeps what it is sent. */
function stream(isTTY: boolean): { to: WriteStream; text: () => string } {
  const to = Object.assign(new PassThrough(), { isTTY, columns: 100 }) as unknown as WriteStream;
  return { to, text: () => (to.read() as Buffer | null)?.toString() ?? '' };
}

const step = (step: number, seconds: number) => ({
  ...({ type: 'step', phase: 'st-a', steps: 100, epoch: 2, loss: 0.51234, penalty: 0, learningRate: 1e-4 } as const),
  ...({ gradientNorm: 1, rows: 16, tokens: 100, paddedTokens: 120, tensors: 9 } as const),
  step,
  seconds,
});

describe('what people see', () => {
  it('a terminal gets a bar, which is gone when a line is written', () => {
    const { to, text } = stream(true);
    const line = new ProgressLine(to);
    line.show('st-a', 1, 4, 'loss 0.5');
    line.show('st-a', 2, 4, 'loss 0.4');
    const drawn = text();
    expect(drawn).toContain('st-a ██████░░░░░░░░░░░░░░░░░░ 1/4  loss 0.5');
    line.clear();
    line.clear();
    expect(text()).not.toContain('\n');
  });

  it('elsewhere there is at most a line every few seconds', () => {
    const { to, text } = stream(false);
    const line = new ProgressLine(to);
    for (let done = 0; done < 1000; done++) line.show('st-a', done, 1000, 'loss 0.5');
    expect(text()).toBe('');
  });

  it('speed and time left are those of the last steps', () => {
    const pace = new Pace();
    for (let at = 1; at <= 20; at++) pace.add(step(at, 100));
    for (let at = 21; at <= 39; at++) pace.add(step(at, 2));
    expect(pace.add(step(40, 2))).toBe('epoch 2, loss 0.5123, 8.0 rows/s, 2:00 left');
    expect([0, 61, 3725].map(clock)).toEqual(['0:00', '1:01', '1:02:05']);
  });

  it('tables and the heat map are aligned; darker is more', () => {
    expect(
      table([
        ['a', 'value'],
        ['longer', '1'],
      ]),
    ).toEqual(['a       value', 'longer      1']);
    const attention = { adapters: ['rte', 'b'], sites: [{ site: '0/output_adapter', weights: [0.95, 0.05] }] };
    expect(heatMap(attention)).toEqual([
      'layer/location         rte         b',
      '0/output_adapter  ███ 0.95      0.05',
    ]);
    const shades = heatMap({
      adapters: ['a'],
      sites: [0, 0.25, 0.5, 0.75, 1].map((w) => ({ site: 's', weights: [w] })),
    });
    expect(shades.slice(1).map((line) => line.slice(-8, -5))).toEqual(['   ', '░░░', '▒▒▒', '▓▓▓', '███']);
  });

  it('a heat map of free weights shades by size, and shows the spread over channels', () => {
    const free = {
      adapters: ['rte', 'b'],
      sites: [{ site: '0/output_adapter', weights: [-2, 0.5], spread: [0.25, 0] }],
      free: true,
    };
    expect(heatMap(free)).toEqual([
      'layer/location                rte               b',
      '0/output_adapter  ███ -2.00 ±0.25  ░░░ 0.50 ±0.00',
    ]);
    expect(weightsHeading(free)).toBe('Weights of the fusion, mean ± standard deviation over the channels:');
    expect(weightsHeading({ ...free, sites: [] })).toBe('Weights of the fusion:');
    expect(weightsHeading({ adapters: [], sites: [] })).toMatch(/^Attention of the fusion/);
  });

  it('bars are as long as their values', () => {
    const lines = bars([
      { name: '1–8', value: 1000 },
      { name: '9–16', value: 500 },
      { name: '17–32', value: 1 },
      { name: '33–64', value: 0 },
    ]);
    expect(lines).toEqual([
      `  1–8  1,000  ${'█'.repeat(40)}`,
      ` 9–16    500  ${'█'.repeat(20)}`,
      '17–32      1  ▏',
      '33–64      0',
    ]);
  });
});
