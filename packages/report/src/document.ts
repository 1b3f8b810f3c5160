import type { AttentionSummary } from 'adapterfusion';
import type { Curve } from './curves.js';

/** A cell of a table: text, and whether it stands out. */
export type TableCell = string | { readonly text: string; readonly strong: boolean };

/** A part of a report, for a page and for Markdown. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'table';
      readonly caption: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly TableCell[])[];
    }
  | { readonly type: 'heat'; readonly caption: string; readonly attention: AttentionSummary }
  | {
      readonly type: 'curves';
      readonly caption: string;
      /** What the vertical axis counts. */
      readonly unit: string;
      readonly curves: readonly Curve[];
    };

/** A section of a report. */
export interface Chapter {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** Something measured on an experiment, before it is drawn. */
export interface ReportText {
  readonly title: string;
  readonly lead: string;
  readonly chapters: readonly Chapter[];
  readonly foot: string;
}
