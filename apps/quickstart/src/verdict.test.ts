import type { TableRow } from 'adapterfusion';
import { describe, expect, it } from 'vitest';
import { verdict } from './verdict.js';

const row = (group: TableRow['group'], method: TableRow['method'], accuracy: number, saved = false): TableRow => ({
  ...{ group, method, name: `the ${method}`, metrics: { accuracy }, trained: 1 },
  ...(saved ? { saved } : {}),
});
const judge = (own: number, saved: number, labels = 64) =>
  verdict({
    ...{ target: 'films', labels, seed: 0 },
    table: {
      rows: 300,
      table: [
        row('own', 'majority', 0.5),
        row('own', 'probe', own),
        row('adapters', 'single', 0.9),
        row('adapters', 'average', saved, true),
      ],
    },
  });

describe('the verdict', () => {
  it('compares what was saved with the best method without adapters, in points and in sentences', () => {
    expect(judge(0.7, 0.8)).toMatchObject({
      composition: 'better',
      words:
        'The other domains’ adapters helped: 80.0 % right; the best method without adapters (the probe) 70.0 % (30 more of 300 sentences).',
    });
    expect(judge(0.8, 0.7).words).toMatch(/ did harm: .* \(30 fewer of 300 sentences\)\.$/);
    expect(judge(0.7, 0.71).words).toMatch(/ made little difference: .* \(3 more of 300 sentences\)\.$/);
    expect(judge(0.7, 0.7).words).toMatch(/\(as many of 300 sentences\)\.$/);
  });

  it('says how far it is to be trusted', () => {
    expect(judge(0.7, 0.8).caution).toContain('certain to about 5 points');
  });

  it('says what to try: other labels when it helped, more of them when not', () => {
    expect(judge(0.7, 0.8).next.join()).toContain('--seed 1');
    expect(judge(0.7, 0.8).next.join()).not.toContain('--labels 256');
    expect(judge(0.7, 0.7).next.join()).toContain('--target films --labels 256');
    expect(judge(0.7, 0.7, 200).next.join()).toContain('--labels 512');
    expect(judge(0.7, 0.7, 512).next.join()).not.toContain('More labels');
  });
});
