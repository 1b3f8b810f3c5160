import { expect, it } from 'vitest';
import type { Row } from './compare.js';
import { floorOf, multiplyAdds } from './floor.js';
import { report } from './report.js';
import { CASES, plan } from './work.js';

const row: Row = {
  case: 'train/fusion',
  shape: 'minilm',
  adapters: 16,
  batch: 8,
  length: 128,
  backend: 'native',
  ms_median: 512.3,
  ms_min: 500,
  peak_rss_mib: 900,
  peer: 'adapters',
  peer_ms_median: 2041,
  peer_ms_min: 2000,
  peer_peak_rss_mib: 2521,
  ratio: 0.251,
  ratio_low: 0.24,
  ratio_high: 0.28,
  pairs: 15,
};
const machine = { processor: 'Some CPU', cores: 2, node: '20.19.0', gflops: 150 };
const versions = { ours: { backend: 'native' }, peer: { torch: '2.15.0' } };
const result = { row, versions, floor_ms: 300, machine, command: 'npm run bench --', date: '2026-01-02T00:00:00Z' };

it('a report has the measurement, its interval, the targets that it meets and misses, and the machine', () => {
  const slow = { ...result, row: { ...row, peer_peak_rss_mib: 1000, ratio: 0.5 } };
  expect(report([result])).toContain(
    '| train/fusion, N = 16 | 512 | 300 | 900 | adapters | 2041 | 2,521 | 0.25 (0.24 to 0.28) |',
  );
  expect(report([result])).toContain('| stage-2 step over the reference | minilm | 16 | ≤ 0.27 | 0.25 | met |');
  expect(report([slow])).toContain('| stage-2 step over the reference | minilm | 16 | ≤ 0.27 | 0.50 | missed |');
  expect(report([slow])).toContain(
    '| peak memory of stage 2 over the reference | minilm | 16 | ≤ 0.4 | 0.90 | missed |',
  );
  expect(report([result])).toContain('- adapters: torch 2.15.0\n');
});

it('work on real data has a section of its own, no floor, and says how much was padding', () => {
  const own = { adapters: 1, batch: 16, length: 96, ratio: 0.5, padding: 0.031, peer_padding: 0.352 };
  const { floor_ms: floor, ...rest } = result;
  const text = report([result, { ...rest, row: { ...row, ...own, case: 'epoch' } }]);
  expect(text).toContain(`| 512 | ${floor} |`);
  expect(text).toContain('## minilm, real weights and rows, native\n\nThe encoder all-MiniLM-L6-v2');
  expect(text).toContain(
    '| epoch, padding 3 % and 35 % | 512 |  | 900 | adapters | 2041 | 2,521 | 0.50 (0.24 to 0.28) |',
  );
  expect(report([result])).not.toContain('real weights');
});

it('the plan of a choice', () => {
  const chosen = plan({ cases: ['infer/fusion'], shapes: ['minilm'], adapters: [8], batches: ['8x128'] });
  expect(chosen.map(({ peer, peerCase }) => [peer, peerCase])).toEqual([
    ['adapters', undefined],
    ['textbook', undefined],
    ['plain', 'infer/plain'],
  ]);
  const everything = plan({});
  expect(new Set(everything.map(({ work }) => work.case)).size).toBe(CASES.length);
  expect(new Set(everything.map(({ work }) => work.shape))).toEqual(new Set(['minilm', 'bert-base']));
  expect(everything.some(({ work }) => work.batch === 1 && work.case.startsWith('train/'))).toBe(false);
  const shown = (choice: Parameters<typeof plan>[0]): string[] =>
    plan(choice).map(({ work, peer }) => `${work.shape} ${work.case} ${work.batch}x${work.length} ${peer}`);
  expect(shown({ cases: ['five', 'train/adapter'], shapes: ['minilm'] })).toEqual([
    'minilm train/adapter 8x128 adapters',
    'minilm five 8x128 passes',
  ]);
  expect(shown({ cases: ['train/head'], shapes: ['minilm'], batches: ['1x32'] })).toEqual([
    'minilm train/head 1x32 adapters',
  ]);
  const real = ['start 1x96', 'load 0x0', 'tokenise 16x96', 'epoch 16x96'].map((each) => `minilm ${each} adapters`);
  expect(shown({ cases: ['epoch', 'load', 'start', 'tokenise'], batches: ['1x32'] })).toEqual(real);
  expect(shown({}).slice(-4)).toEqual(real);
  expect(shown({ cases: ['start'], shapes: ['bert-base'] })).toEqual([]);
  expect(shown({ batches: ['8x128'] }).filter((each) => real.includes(each))).toEqual([]);
  for (const wrong of [{ cases: ['infer'] }, { shapes: ['huge'] }, { batches: ['8'] }, { peers: ['torch'] }])
    expect(() => plan(wrong)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error);
});

it('the floor counts what is multiplied: 12·H² a token and its attention in a plain layer of BERT-base, in the last keys and values', () => {
  const work = { case: 'infer/plain', shape: 'bert-base', adapters: 0, batch: 1, length: 100 } as const;
  const layer = 12 * 768 ** 2 + 2 * 100 * 768;
  expect(multiplyAdds(work)).toBeCloseTo((100 * 11 * layer + layer + 99 * 2 * 768 ** 2) / 1e9, 9);
  expect(floorOf(work, 100)).toBeCloseTo((2 * multiplyAdds(work) * 1000) / 60, 1);
  const one = { ...work, case: 'infer/adapter', adapters: 1 } as const;
  expect(multiplyAdds({ ...work, case: 'five', adapters: 5 })).toBeCloseTo(5 * multiplyAdds(one), 9);
  expect(floorOf({ ...work, case: 'epoch' }, 100)).toBeUndefined();
});
