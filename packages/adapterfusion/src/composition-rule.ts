/** From this number of training rows on the method is selected by cross-validation; below, by {@link compositionRule}. */
export const SELECTION_ROWS = 128;

/** A method of fusion, with options where it has some. */
type Rule = 'average' | 'scaling[per=number]' | 'scaling[per=vector]' | 'attention[initial=average]';

/**
 * The method of a composition where the training rows are too few to select by.
 * @param _rows training rows, fewer than {@link SELECTION_ROWS}
 */
export function compositionRule(_rows: number): Rule {
  return 'average';
}
