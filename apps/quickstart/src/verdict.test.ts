import { describe, expect, it } from 'vitest';
import type { Row } from './result.js';
import { verdict } from './verdict.js';

const row = (method: Row['method'], accuracy: number): Row => ({ method, name: `the ${method}`, accuracy, trained: 1 });
const judge = (own: number, fusion: number, head = 0.6, weights = [0.5, 0.5], labels = 64) =>
  verdict({
    ...{ target: 'films', labels, seed: 0, rows: 300 },
    table: [row('head', head), row('own', own), row('fusion', fusion)],
    attention: { adapters: ['a', 'b'], sites: [{ site: '0/output_adapter', weights }] },
  });

describe('the verdict', () => {
  it('says by how much, in points and in sentences', () => {
    expect(judge(0.7, 0.8)).toMatchObject({
      fusion: 'better',
      words:
        'Fusion did better than the own adapter: 80.0 % right, 70.0 % with the own adapter alone (30 more of 300 sentences).',
    });
    expect(judge(0.8, 0.7).words).toMatch(
      /^Fusion did worse than the own adapter: .* \(30 fewer of 300 sentences\)\.$/,
    );
    expect(judge(0.7, 0.71).words).toMatch(/^Fusion made little difference: .* \(3 more of 300 sentences\)\.$/);
    expect(judge(0.7, 0.7).words).toMatch(/\(as many of 300 sentences\)\.$/);
  });

  it('names what is better than both', () => {
    expect(judge(0.7, 0.8, 0.9).words).toMatch(/ Best of all: the head, 90\.0 %\.$/);
    expect(judge(0.8, 0.7).words).not.toContain('Best of all');
  });

  it('says how far it is to be trusted', () => {
    expect(judge(0.7, 0.8).caution).toContain('certain to about 5 points');
  });

  it('says what to try: other labels when it did better, more of them when not, and a lower rate when it has collapsed', () => {
    expect(judge(0.7, 0.8).next.join()).toContain('--seed 1');
    expect(judge(0.7, 0.8).next.join()).not.toContain('--labels 256');
    expect(judge(0.7, 0.7).next.join()).toContain('--target films --labels 256');
    expect(judge(0.7, 0.7, 0.6, [0.5, 0.5], 200).next.join()).toContain('--labels 512');
    expect(judge(0.7, 0.7, 0.6, [0.5, 0.5], 512).next.join()).not.toContain('More labels');
    expect(judge(0.7, 0.7, 0.6, [0.97, 0.03]).next[0]).toContain('collapsed to one adapter in 1 of 1 places');
    expect(judge(0.7, 0.8).next.at(-1)).toContain('--study');
  });
});
