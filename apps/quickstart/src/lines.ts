import { clock, count, heatMap, percent, table } from '@adapterfusion/terminal';
import type { Result } from './result.js';
import type { Verdict } from './verdict.js';

/** The result as lines for a terminal. @param page where the page is */
export function resultLines(result: Result, { words, caution, next }: Verdict, page: string): string[] {
  const { target, labels, rows, parameters, attention, answers, bundle, computed, seconds } = result;
  const { encoder, adapters, fusions, heads } = parameters;
  return [
    '',
    `${target}, ${labels} labels, measured on ${count(rows)} test sentences`,
    '',
    ...table([
      ['', 'right %', 'trained parameters'],
      ...result.table.map(({ name, accuracy, trained }) => [name, percent(accuracy), count(trained)]),
    ]),
    '',
    words,
    caution,
    '',
    'How much each layer of the fusion relies on each adapter:',
    ...heatMap(attention),
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
