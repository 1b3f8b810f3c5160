import { AdapterFusionError, type Row, type RowOutput, type TaskKind } from '@adapterfusion/contracts';
import { tokenOffsets } from '@adapterfusion/text/offsets';
import { parseQuestion, type AnswerAt, type ContextQuestion } from './answers.js';
import type { QuestionAnsweringOptions } from './plugin.js';
import { answerF1, exactMatch } from './squad.js';

/** The answer to a question. */
export interface QuestionAnsweringAnswer {
  /** Empty where the context has no answer. */
  readonly answer: string;
  /** Where it begins and ends in the context, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** The probability of this part among all that the context has. */
  readonly score: number;
}

/** The first and the last token of an answer within a row. */
interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** The tokens of the context in a row: the place of the first, and where each is in the context. */
interface Window {
  readonly first: number;
  readonly offsets: readonly (readonly [start: number, end: number])[];
}

type Kind = TaskKind<ContextQuestion, readonly string[], QuestionAnsweringAnswer, string, TokenSpan>;

export function createKind({ stride, longestAnswer, unanswerable }: QuestionAnsweringOptions): Kind {
  return {
    labels: [],
    defaultHead: '@adapterfusion/head-question-answering#question-answering',
    metrics: [
      { name: 'f1', better: 'higher', compute: answerF1 },
      { name: 'exact-match', better: 'higher', compute: exactMatch },
    ],

    parse: (fields, at) => parseQuestion(fields, unanswerable, at),
    target: ({ answers }) => answers?.map(({ text }) => text),
    texts: ({ question, context }) => [question, context],

    encode({ question, context, answers }, tokenizer, { maxLength }) {
      const asked = tokenOffsets(tokenizer, question).ids;
      const { ids, offsets } = tokenOffsets(tokenizer, context);
      const special = tokenizer.assemble([], []).ids.length;
      // The context keeps at least half of the room.
      const kept = asked.slice(0, Math.floor((maxLength - special) / 2));
      const room = maxLength - special - kept.length;
      const overlapping = Math.min(stride ?? Math.floor(room / 2), room - 1);
      if (room < 1) throw noRoom(maxLength);
      return windowsOf(ids.length, room, overlapping).map(([from, until]): Row<TokenSpan> => {
        const encoding = tokenizer.assemble(kept, ids.slice(from, until));
        const info: Window = { first: encoding.starts[1]!, offsets: offsets.slice(from, until) };
        return { group: [encoding], info, ...(answers ? { target: spanIn(info, answers[0]) } : {}) };
      });
    },
    collate: (targets) => ({
      starts: { data: Int32Array.from(targets, ({ start }) => start), shape: [targets.length] },
      ends: { data: Int32Array.from(targets, ({ end }) => end), shape: [targets.length] },
    }),
    stratum: () => undefined,

    decode(outputs, rows, { context }) {
      const windows = rows.map(({ info }, row) => scoresOf(info as Window, outputs[row]!));
      const none = Math.min(...windows.map((window) => window.none));
      const found = windows.flatMap((window) => bestSpan(window, longestAnswer) ?? []);
      const best = found.reduce((a, b) => (b.score > a.score ? b : a), { start: 0, end: 0, score: -Infinity });
      const total = logSum([...windows.map(({ all }) => all), ...(unanswerable ? [none] : [])]);
      if (unanswerable && none > best.score) return { answer: '', start: 0, end: 0, score: Math.exp(none - total) };
      const { start, end, score } = best;
      return { answer: context.slice(start, end), start, end, score: Math.exp(score - total) };
    },
    prediction: ({ answer }) => answer,
    error: ({ answer }, target) => 1 - answerF1([answer], [target]),
    describe: (value) =>
      (typeof value === 'string' ? [value] : value).filter((each) => each !== '').join(' | ') || 'none',
    baseline: () => ({ name: 'no answer', predict: () => '' }),
  };
}

/** Stretches of the context's tokens, each of which fits. */
function windowsOf(count: number, room: number, overlapping: number): (readonly [from: number, until: number])[] {
  const windows: (readonly [number, number])[] = [];
  for (let from = 0; ; from += room - overlapping) {
    const until = Math.min(count, from + room);
    windows.push([from, until]);
    if (until === count) return windows;
  }
}

/** The tokens of an answer in a window; the first token of the row where it is not all in it, or there is none. */
function spanIn({ first, offsets }: Window, answer: AnswerAt | undefined): TokenSpan {
  const nowhere = { start: 0, end: 0 };
  if (!answer) return nowhere;
  const until = answer.start + answer.text.length;
  const start = offsets.findIndex(([, end]) => end > answer.start);
  const end = offsets.findLastIndex(([from]) => from < until);
  const inside = start >= 0 && end >= start && offsets[start]![0] <= answer.start && offsets[end]![1] >= until;
  return inside ? { start: first + start, end: first + end } : nowhere;
}

/** Logits of the context's tokens in a window. */
interface Scores extends Pick<Window, 'offsets'> {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The logit of no answer in it: those of the first token of the row. */
  readonly none: number;
  /** Log of the sum over all pairs of a first and a last token. */
  readonly all: number;
}

function scoresOf({ first, offsets }: Window, { values }: RowOutput): Scores {
  const logits = (output: 0 | 1): number[] => offsets.map((_, token) => values[2 * (first + token) + output]!);
  const [starts, ends] = [logits(0), logits(1)];
  const all = offsets.length === 0 ? -Infinity : logSum(starts) + logSum(ends);
  return { offsets, starts, ends, none: values[0]! + values[1]!, all };
}

/** The part with the largest sum of logits that is not too long; undefined for a window without tokens. */
function bestSpan(
  { offsets, starts, ends }: Scores,
  longest: number,
): { readonly start: number; readonly end: number; readonly score: number } | undefined {
  let best: { start: number; end: number; score: number } | undefined;
  starts.forEach((first, from) => {
    for (let until = from; until < Math.min(ends.length, from + longest); until++) {
      const score = first + ends[until]!;
      if (!best || score > best.score) best = { start: offsets[from]![0], end: offsets[until]![1], score };
    }
  });
  return best;
}

function logSum(values: readonly number[]): number {
  const most = Math.max(...values);
  return most === -Infinity ? most : most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

const noRoom = (maxLength: number): AdapterFusionError =>
  new AdapterFusionError('OPTIONS_INVALID', {
    at: 'maxLength',
    expected: 'room for a question and its context',
    got: String(maxLength),
    fix: '128 suits short contexts, 384 those of SQuAD.',
  });
