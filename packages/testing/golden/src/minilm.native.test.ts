import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, type LoadedModel } from 'adapterfusion';
import { readFileSync } from 'node:fs';
import { tensorCount } from '@adapterfusion/tensor';
import { farthest, lacks, open, shared } from './shared.js';

interface Expected {
  logits: number[];
  attention?: Record<string, number[]>;
}

const lack = lacks('native', { shared: true });
const lines = <T>(path: string): T[] =>
  readFileSync(shared(`golden/minilm-rte/${path}`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

describe.skipIf(lack)(lack ?? 'a real set-up of the reference, predicted with load()', () => {
  let model: LoadedModel;
  const warnings: string[] = [];
  beforeAll(() => open('native'));
  afterAll(() => expect(tensorCount()).toBe(0));

  it.each([
    ['fusion', 'fusion.expected.jsonl'],
    ['own-adapter', 'own-adapter.expected.jsonl'],
  ])('%s: logits, attention and labels of 277 pairs', async (setup, file) => {
    const expected = lines<Expected>(file);
    const texts = lines<{ text: string; pair: string }>('texts.jsonl');
    model = await load(shared(`golden/minilm-rte/${setup}`), {
      model: shared('models/all-MiniLM-L6-v2'),
      backend: 'native',
      onWarning: (message) => warnings.push(message),
    });
    const predictions = await model.predict(texts, { maxLength: 96, logits: true, attention: true });
    expect(warnings.join()).toContain('fingerprint');
    expect(predictions).toHaveLength(expected.length);
    for (const [index, { label, logits, attention }] of predictions.entries()) {
      const want = expected[index]!;
      expect(farthest(logits!, want.logits)).toBeLessThan(1e-4);
      const margin = Math.abs(want.logits[0]! - want.logits[1]!);
      if (margin > 2e-4) expect(label).toBe(model.labels[want.logits[0]! > want.logits[1]! ? 0 : 1]);
      expect(Object.keys(attention!)).toEqual(Object.keys(want.attention ?? {}));
      for (const [site, weights] of Object.entries(want.attention ?? {}))
        expect(farthest(attention![site]!, weights)).toBeLessThan(1e-4);
    }
    model.dispose();
  });
});
