import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from 'adapterfusion';
import { expect, it } from 'vitest';
import { eventFile } from './tensorboard.js';

const step = (at: number, loss: number, task?: string): RunEvent => ({
  ...{ type: 'step', phase: 'st-a', step: at, steps: 300, epoch: 1, loss, penalty: 0.5, learningRate: 1e-3 },
  ...{ gradientNorm: 2, rows: 16, tokens: 9, paddedTokens: 10, seconds: 0.25, tensors: 7 },
  ...(task === undefined ? {} : { task }),
});
const EVENTS: RunEvent[] = [
  step(1, 0.75),
  step(300, 0.25, 'rte'),
  { type: 'evaluation', phase: 'st-a', step: 300, epoch: 1, metrics: { accuracy: 0.5 }, best: true },
  { type: 'stage', task: 'rte', metrics: { rte: { accuracy: 0.5 } }, forgetting: {} },
];

it('the framing is TensorFlow’s: lengths and masked CRC-32C', () => {
  const bytes = Buffer.from(eventFile([]));
  // What TensorFlow 2.21 writes first, at time 0: field 1 as a double, field 3 "brain.Event:2".
  const first = Buffer.concat([Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 26, 13]), Buffer.from('brain.Event:2')]);
  expect(bytes.readBigUInt64LE(0)).toBe(BigInt(first.length));
  expect(bytes.subarray(12, 12 + first.length)).toEqual(first);
  expect(bytes).toHaveLength(12 + first.length + 4);
  // The checksum of the length 24, as TensorFlow’s own files begin.
  expect(bytes.readUInt32LE(8)).toBe(0x224b7fa3);
});

const python = process.env['TENSORBOARD_PYTHON'];
const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = EventAccumulator(sys.argv[1]); found.Reload()
print(json.dumps({tag: [[e.wall_time, e.step, e.value] for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}))
`;

it.skipIf(!python)(
  `TensorBoard reads every number${python ? '' : ' (skipped: TENSORBOARD_PYTHON names no Python with tensorboard)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-tensorboard-'));
    try {
      writeFileSync(join(folder, 'events.out.tfevents'), eventFile(EVENTS));
      const found = JSON.parse(execFileSync(python!, ['-c', READ, folder], { encoding: 'utf8' })) as object;
      expect(found).toEqual({
        'st-a/loss': [
          [0.25, 1, 0.75],
          [0.5, 300, 0.25],
        ],
        'st-a/penalty': [
          [0.25, 1, 0.5],
          [0.5, 300, 0.5],
        ],
        'st-a/learning rate': [
          [0.25, 1, Math.fround(1e-3)],
          [0.5, 300, Math.fround(1e-3)],
        ],
        'st-a/gradient norm': [
          [0.25, 1, 2],
          [0.5, 300, 2],
        ],
        'st-a/loss of rte': [[0.5, 300, 0.25]],
        'st-a/measured/accuracy': [[0.5, 300, 0.5]],
        'learned so far/rte, accuracy': [[0.5, 1, 0.5]],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
