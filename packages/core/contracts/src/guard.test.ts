import { describe, expect, it } from 'vitest';
import { AdapterFusionError, definePlugin, parseOptions, type Head } from './index.js';

class Own {
  readonly #secret = 3;
  readonly outputs = 2;
  init(): { w: number } {
    return { w: this.#secret };
  }
  logits(): never {
    throw new RangeError('out of ideas');
  }
  async later(): Promise<never> {
    throw new Error('too late');
  }
  loss(): never {
    throw new AdapterFusionError('UNSUPPORTED', { expected: 'a', got: 'b', fix: 'C.' });
  }
}

const own = definePlugin<'head', object>({
  kind: 'head',
  id: 'own',
  packageName: '@me/head',
  packageVersion: '1.0.0',
  supports: { tasks: ['classification'] },
  options: (input) => {
    if ((input as { bad?: boolean }).bad) throw new TypeError('no such thing');
    return parseOptions({}, input, 'own');
  },
  create: (_, { labels }) => {
    if (labels === 0) throw new TypeError('no labels');
    return new Own() as unknown as Head;
  },
});
const shape = { hidden: 2, labels: 2, dropout: 0 } as never;

describe("a plugin's failure names the plugin", () => {
  const failure = (what: string, why: string): unknown =>
    expect.objectContaining({
      code: 'PLUGIN_FAILED',
      at: '@me/head#own',
      message: expect.stringMatching(new RegExp(`"${what}".*${why}`)),
      cause: expect.any(Error),
    });

  it('in its options and when it is made', () => {
    expect(() => own({ bad: true })).toThrow(failure('options', 'TypeError: no such thing'));
    expect(() => own().create({ ...(shape as object), labels: 0 } as never)).toThrow(failure('create', 'no labels'));
  });

  it('in what it made, at once and later; what has a code passes as it is', async () => {
    const made = own().create(shape) as unknown as Own;
    expect(made.init()).toEqual({ w: 3 });
    expect(made.outputs).toBe(2);
    expect({ ...made }).toMatchObject({ outputs: 2, init: expect.any(Function) });
    expect('penalty' in made).toBe(false);
    expect(made).toBeInstanceOf(Own);
    expect(() => made.logits()).toThrow(failure('logits', 'RangeError: out of ideas'));
    await expect(made.later()).rejects.toEqual(failure('later', 'Error: too late'));
    expect(() => made.loss()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});
