import { clock, count, percent, tableLines } from '@adapterfusion/terminal';
import type { Result } from './quickstart.js';
import type { Verdict } from './verdict.js';

/** The result as lines for a terminal. @param page where the page is */
export function resultLines(result: Result, { words, caution, next }: Verdict, page: string): string[] {
  const { table, parameters, answers, bundle, computed, seconds } = result;
  const { encoder, adapters, fusions, heads } = parameters;
  return [
    ...tableLines(table),
    '',
    words,
    caution,
    '',
    `Parameters: encoder ${count(encoder)} (frozen), adapters ${count(adapters)}, fusion ${count(fusions)}, head ${count(heads)}`,
    '',
    'Three sentences, by the saved bundle:',
    ...answers.map(({ text, label, score }) => `  ${label.padEnd(8)} ${percent(score).padStart(5)} %  ${text}`),
    '',
    'What to try next:',
    ...next.map((each) => `  ${each}`),
    '',
    `bundle  ${bundle}`,
    `page    ${page}`,
    `took    ${clock(seconds)} (${computed})`,
  ];
}
