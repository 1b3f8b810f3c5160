import { expect, it } from 'vitest';
import { bytesNeeded } from './need.js';

const MINILM = { hidden_size: 384, intermediate_size: 1536, num_hidden_layers: 6, num_attention_heads: 12 };
const LOAD = { batch: 16, tokens: 96, adapters: 0 };

it('an estimate is within a factor of 2 of what runs of MiniLM held on native, batches of 16 and 96 tokens', () => {
  for (const [trains, held] of [
    [[], 936e6],
    [['adapter'], 1009e6],
    [['encoder'], 2194e6],
  ] as const) {
    const ratio = bytesNeeded(MINILM, { ...LOAD, trains }) / held;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  }
});

it('it grows with batch, tokens, adapters and what trains', () => {
  const of = (more: object): number => bytesNeeded(MINILM, { ...LOAD, trains: ['adapter'], ...more });
  for (const more of [{ batch: 32 }, { tokens: 128 }, { adapters: 4 }, { trains: ['encoder'] }])
    expect(of(more)).toBeGreaterThan(of({}));
  for (const less of [{ trains: [] }, { trains: undefined }]) expect(of(less)).toBeLessThan(of({}));
});
