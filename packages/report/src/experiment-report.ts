import type { Budget, ExperimentResults, Protocol } from '@adapterfusion/experiment';
import {
  attentionChapter,
  costChapter,
  counted,
  failureChapter,
  learningChapter,
  sourceChapter,
} from './chapter-runs.js';
import { besideChapter, type Beside } from './chapter-beside.js';
import { comparisonChapter, scoreChapter } from './chapter-scores.js';
import { severalChapter } from './chapter-several.js';
import type { Chapter, ReportText } from './document.js';
import { Results } from './results.js';
import { toHtml } from './to-html.js';
import { toMarkdown } from './to-markdown.js';

/** What the figures may be compared with. */
const PROTOCOLS: Readonly<Record<Protocol, string>> = {
  paper:
    'Protocol "paper": the best epoch on the measured rows, as the paper reports its figures. They are somewhat too good for any strategy.',
  'held-out':
    'Protocol "held-out": nothing was chosen by the measured rows, which were looked at once. The figures are not comparable with the paper’s, which are of the best epoch on the measured rows.',
};

/**
 * The report of an experiment, also of one that is not finished.
 * @param beside results of somebody else, to be shown beside these
 * @returns a page that needs no other file, and the same as Markdown
 */
export function experimentReport(
  results: ExperimentResults,
  beside?: Beside,
): { readonly html: string; readonly markdown: string } {
  const text = reportText(results, beside);
  return { html: toHtml(text), markdown: toMarkdown(text) };
}

function reportText(all: ExperimentResults, beside?: Beside): ReportText {
  const { file, cells, failed, tasks } = all;
  const given: readonly Budget[] = file.budgets ?? ['all'];
  const budgets = given.filter((budget) => cells.some((cell) => cell.budget === budget));
  const chapters = budgets.flatMap((budget): Chapter[] => {
    const results = new Results(all, budget);
    const name = budget === 'all' ? 'all rows' : `${budget} rows`;
    const heading = (chapter: Chapter): Chapter =>
      given.length > 1 ? { ...chapter, heading: `${chapter.heading}, ${name}` } : chapter;
    return [
      scoreChapter(results),
      comparisonChapter(results),
      beside && budget === 'all' ? besideChapter(results, beside) : undefined,
      severalChapter(results),
      attentionChapter(results),
      learningChapter(results),
      costChapter(results),
    ].flatMap((chapter) => (chapter ? [heading(chapter)] : []));
  });
  const failures = failureChapter(failed);
  const sources = sourceChapter(all.sources);
  const sizes = Object.entries(tasks).map(([task, { truth, split }]) => `${task} ${truth.length} (${split})`);
  return {
    title: file.name ?? 'An experiment',
    lead: PROTOCOLS[file.protocol],
    chapters: [...(failures ? [failures] : []), ...chapters, ...(sources ? [sources] : [])],
    foot: `${counted(cells.length, 'cell')} measured, ${failed.length} failed. Encoder ${lastOf(file.model)}. Measured rows: ${sizes.join(', ')}.`,
  };
}

/** The last part of a path: whoever reads a report has no use for a path of this machine. */
const lastOf = (path: string): string => path.replace(/[/\\]+$/, '').replace(/^.*[/\\](?=[^/\\]*$)/, '') || path;
