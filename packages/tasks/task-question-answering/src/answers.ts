import { AdapterFusionError, type Example, type Fields } from '@adapterfusion/contracts';
import { textField } from '@adapterfusion/data';

/** An answer where it stands in the context. */
export interface AnswerAt {
  readonly text: string;
  /** In UTF-16 units. */
  readonly start: number;
}

/** A question about a context. */
export interface ContextQuestion extends Example {
  readonly question: string;
  readonly context: string;
  /** Right answers; none where the context has none. */
  readonly answers?: readonly AnswerAt[];
}

/** Reads a row. @throws DATA_INVALID, also for an answer that is not in the context at its place */
export function parseQuestion(fields: Fields, unanswerable: boolean, at: string): ContextQuestion {
  const question = textField(fields, 'question', at);
  const context = textField(fields, 'context', at);
  const { answers } = fields;
  if (answers === undefined || answers === null) return { question, context, at };
  const given = listOf(answers, at);
  if (given.length === 0 && !unanswerable)
    throw invalid(at, 'an answer', 'none', 'Set the option unanswerable where questions may have none.');
  return { question, context, answers: given.map((answer) => placed(answer, context, at)), at };
}

/** An answer as it is given. */
interface GivenAnswer {
  readonly text: unknown;
  readonly start?: unknown;
}

/** Answers of any of the known forms. */
function listOf(value: unknown, at: string): GivenAnswer[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [{ text: value }];
  if (Array.isArray(value))
    return value.map((each: unknown) => {
      if (typeof each === 'string') return { text: each };
      const { text, start, answer_start: begins = start } = (each ?? {}) as Fields;
      return { text, start: begins };
    });
  const { text, start, answer_start: starts = start } = value as Fields;
  if (Array.isArray(text))
    return text.map((each: unknown, index) => ({
      text: each,
      ...(Array.isArray(starts) ? { start: starts[index] as unknown } : {}),
    }));
  throw invalid(at, 'answers: texts, or { text: [], answer_start: [] }', JSON.stringify(value), 'Correct the row.');
}

function placed({ text, start }: GivenAnswer, context: string, at: string): AnswerAt {
  if (typeof text !== 'string' || text.trim() === '') throw invalid(at, 'the text of an answer', JSON.stringify(text));
  if (start === undefined || start === null) {
    const found = context.indexOf(text);
    if (found >= 0) return { text, start: found };
  } else if (typeof start === 'number' && context.startsWith(text, start)) return { text, start };
  const place = typeof start === 'number' ? ` at ${start}` : '';
  const there = typeof start === 'number' ? `${JSON.stringify(context.slice(start, start + text.length))} there` : '';
  throw invalid(
    at,
    `the answer ${JSON.stringify(text)} in the context${place}`,
    there || 'a context without it',
    'Correct the row, or remove it. Places count UTF-16 units, as in JavaScript.',
  );
}

const invalid = (
  at: string,
  expected: string,
  got: string,
  fix = 'Correct the row, or remove it.',
): AdapterFusionError => new AdapterFusionError('DATA_INVALID', { at, expected, got, fix });
