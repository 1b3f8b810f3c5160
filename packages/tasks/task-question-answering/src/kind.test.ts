import { readFileSync } from 'node:fs';
import type { Row, RowOutput, TaskTokenizer } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { questionAnswering, type QuestionAnsweringAnswer, type QuestionAnsweringOptions } from './index.js';
import { answerF1, exactMatch } from './squad.js';

const kindOf = (options: Partial<QuestionAnsweringOptions> = {}) => questionAnswering(options).create({ labels: [] });
const kind = kindOf();

/** A token for each word or punctuation mark. */
const tokenizer = {
  spelling: 'wordpiece',
  normalize: (text: string) => text.toLowerCase(),
  tokenize: (text: string) => {
    const tokens = text.toLowerCase().match(/[a-z0-9]+|[^\sa-z0-9]/g) ?? [];
    return { ids: tokens.map((token) => 10 + token.length), tokens };
  },
  assemble: (first: readonly number[], second: readonly number[]) => ({
    ids: [1, ...first, 2, ...second, 2],
    types: [...new Array<number>(first.length + 2).fill(0), ...new Array<number>(second.length + 1).fill(1)],
    starts: [1, first.length + 2],
  }),
} as unknown as TaskTokenizer;

interface Span {
  readonly start: number;
  readonly end: number;
}
const encode = (fields: object, maxLength: number, of = kind): readonly Row<Span>[] =>
  of.encode(of.parse({ ...fields }, 'x:1'), tokenizer, { maxLength }) as readonly Row<Span>[];
const context = 'Ann Lee lives in New York. Bob lives in Rome, in Italy.';
const question = 'Where does Bob live?';

describe('parse', () => {
  it('reads answers of every form, and leaves an example as it is', () => {
    const example = { question, context, answers: [{ text: 'Rome', start: 40 }], at: 'f:1' };
    const forms = [{ text: ['Rome'], answer_start: [40] }, [{ text: 'Rome', answer_start: 40 }], ['Rome'], 'Rome'];
    for (const answers of forms) expect(kind.parse({ question, context, answers }, 'f:1')).toEqual(example);
    expect(kind.parse(example, 'f:1')).toEqual(example);
    expect(kind.parse({ question, context }, 'f:1')).toEqual({ question, context, at: 'f:1' });
  });

  it.each([
    [{ answers: ['Paris'] }, 'the answer "Paris" in the context'],
    [{ answers: [{ text: 'Rome', answer_start: 3 }] }, 'in the context at 3; got " Lee" there'],
    [{ answers: [] }, 'an answer; got none'],
    [{ answers: 7 }, 'answers: texts'],
    [{ answers: [{ text: '' }] }, 'the text of an answer'],
    [{ question: '' }, '"question"'],
  ])('refuses %j', (more, words) => {
    expect(() => void kind.parse({ question, context, ...more }, 'f:2')).toThrow(words);
    expect(() => void kind.parse({ question, context, ...more }, 'f:2')).toThrow(
      expect.objectContaining({ code: 'DATA_INVALID' }),
    );
  });

  it('takes no answer where questions may have none', () => {
    const of = kindOf({ unanswerable: true });
    const example = of.parse({ question, context, answers: { text: [], answer_start: [] } }, 'f:1') as object;
    expect(of.target(example)).toEqual([]);
    expect(encode({ question, context, answers: [] }, 64, of)[0]!.target).toEqual({ start: 0, end: 0 });
  });
});

describe('encode', () => {
  it('marks the tokens of the answer', () => {
    const [row] = encode({ question, context, answers: ['New York'] }, 64);
    // [CLS], five tokens of the question, [SEP]: the context begins at 7.
    expect(row!.target).toEqual({ start: 11, end: 12 });
  });

  it('cuts a long context into windows that overlap; the answer is nowhere in those that lack it', () => {
    const rows = encode({ question, context, answers: ['Rome'] }, 16);
    expect(rows.length).toBeGreaterThan(2);
    for (const { group } of rows) expect(group[0]!.ids.length).toBeLessThanOrEqual(16);
    const inside = rows.filter(({ target }) => target!.start > 0);
    expect(inside.length).toBeGreaterThan(0);
    expect(inside.length).toBeLessThan(rows.length);
    for (const { target, info } of inside) {
      const { first, offsets } = info as { first: number; offsets: [number, number][] };
      const [start] = offsets[target!.start - first]!;
      const [, end] = offsets[target!.end - first]!;
      expect(context.slice(start, end)).toBe('Rome');
    }
  });

  it('refuses a length without room for a context', () => {
    expect(() => encode({ question, context }, 3)).toThrow('maxLength');
  });
});

describe('decode', () => {
  const outputsFor = (rows: readonly Row[], wanted: (row: number) => Span | undefined): RowOutput[] =>
    rows.map(({ group }, row) => {
      const { length } = group[0]!.ids;
      const values = new Float32Array(2 * length);
      const span = wanted(row);
      if (span) [values[2 * span.start], values[2 * span.end + 1]] = [9, 9];
      return { values, shape: [1, length, 2] };
    });

  it('gives the best part of all windows with its place and probability', () => {
    const rows = encode({ question, context, answers: ['Rome'] }, 16);
    const outputs = outputsFor(rows, (row) => (rows[row]!.target!.start > 0 ? rows[row]!.target : undefined));
    const example = kind.parse({ question, context }, 'x:1') as object;
    const answer = kind.decode(outputs, rows, example) as QuestionAnsweringAnswer;
    expect(answer).toMatchObject({ answer: 'Rome', start: 40, end: 44 });
    expect(answer.score).toBeGreaterThan(0.2);
    expect(answer.score).toBeLessThan(1);
  });

  it('an answer never ends before it begins, nor is longer than allowed', () => {
    const rows = encode({ question, context }, 64);
    const backwards = outputsFor(rows, () => ({ start: 12, end: 8 }));
    const example = kind.parse({ question, context }, 'x:1') as object;
    const { start, end } = kind.decode(backwards, rows, example) as QuestionAnsweringAnswer;
    expect(end).toBeGreaterThan(start);
    const long = outputsFor(rows, () => ({ start: 7, end: 18 }));
    const short = kindOf({ longestAnswer: 2 }).decode(long, rows, example) as QuestionAnsweringAnswer;
    expect(short.answer.split(' ').length).toBeLessThanOrEqual(2);
  });

  it('says that there is no answer only where questions may have none', () => {
    const of = kindOf({ unanswerable: true });
    const rows = encode({ question, context, answers: [] }, 64, of);
    const outputs = outputsFor(rows, () => ({ start: 0, end: 0 }));
    const example = of.parse({ question, context }, 'x:1') as object;
    expect(of.decode(outputs, rows, example)).toMatchObject({ answer: '', start: 0, end: 0 });
    expect((kind.decode(outputs, rows, example) as QuestionAnsweringAnswer).answer).not.toBe('');
  });
});

it("measures as SQuAD's script does", () => {
  const cases = JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')) as {
    prediction: string;
    targets: string[];
    exact: number;
    f1: number;
  }[];
  for (const { prediction, targets, exact, f1 } of cases) {
    expect(exactMatch([prediction], [targets]), prediction).toBe(exact);
    expect(answerF1([prediction], [targets]), prediction).toBeCloseTo(f1, 9);
  }
  expect(answerF1(['', 'x'], [[], []])).toBe(0.5);
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = questionAnswering.plugin;
  expect(manifest).toMatchObject({ name, version });
});
