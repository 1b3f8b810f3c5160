import type { Row } from './compare.js';

/** What a comparison is to reach. */
interface Target {
  readonly what: string;
  readonly limit: number;
  /** The ratio of times by default. */
  readonly of?: 'memory';
  applies(row: Row): boolean;
}

const at = (row: Row, name: string, peer: string, adapters?: number, shape?: string): boolean =>
  row.case === name &&
  row.peer === peer &&
  row.batch === 8 &&
  row.backend === 'native' &&
  (adapters ?? row.adapters) === row.adapters &&
  (shape ?? row.shape) === row.shape;

/** The limits that the project set itself, on the native backend at 8 × 128. */
const TARGETS: readonly Target[] = [
  ...(
    [
      ['minilm', 16, 0.27],
      ['minilm', 8, 0.4],
      ['bert-base', 16, 0.17],
      ['bert-base', 8, 0.33],
    ] as const
  ).map(([shape, adapters, limit]) => ({
    what: 'stage-2 step over the reference',
    limit,
    applies: (row: Row) => at(row, 'train/fusion', 'adapters', adapters, shape),
  })),
  ...(
    [
      ['minilm', 0.33],
      ['bert-base', 0.25],
    ] as const
  ).map(([shape, limit]) => ({
    what: 'fused inference over the reference',
    limit,
    applies: (row: Row) => at(row, 'infer/fusion', 'adapters', 16, shape),
  })),
  ...(
    [
      [16, 1.35],
      [8, 1.2],
    ] as const
  ).map(([adapters, limit]) => ({
    what: 'fused inference over our own plain encoder',
    limit,
    applies: (row: Row) => at(row, 'infer/fusion', 'plain', adapters),
  })),
  { what: 'stage-1 step over the reference', limit: 1, applies: (row) => at(row, 'train/adapter', 'adapters') },
  { what: 'full fine-tuning over the reference', limit: 1.1, applies: (row) => at(row, 'train/full', 'adapters') },
  { what: 'plain inference over the reference', limit: 1, applies: (row) => at(row, 'infer/plain', 'adapters') },
  { what: 'plain inference over onnxruntime', limit: 1.1, applies: (row) => at(row, 'infer/plain', 'onnxruntime') },
  {
    what: 'peak memory of stage 2 over the reference',
    limit: 0.4,
    of: 'memory',
    applies: (row) => at(row, 'train/fusion', 'adapters', 16),
  },
];

/** Which targets a row is measured by, and what it reached. */
export function reached(row: Row): { what: string; limit: number; value: number; met: boolean }[] {
  return TARGETS.filter((target) => target.applies(row)).map(({ what, limit, of }) => {
    const value = of === 'memory' ? row.peak_rss_mib / row.peer_peak_rss_mib : row.ratio;
    return { what, limit, value, met: value <= limit };
  });
}
