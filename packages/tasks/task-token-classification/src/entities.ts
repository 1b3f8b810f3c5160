/** A named part of a text. */
export interface Entity {
  /** The type, for example `PER`. */
  readonly label: string;
  /** Where it begins and ends in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Mean over its words of the probability of each word's tag. */
  readonly score: number;
}

/** Words of an entity, the last one included, and its type. */
export interface EntityWords {
  readonly type: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Entities of IOB2 tags, as seqeval's `get_entities` and conlleval find them: an entity begins at a `B-` tag, and at an `I-` tag
 * that follows another type or no entity.
 */
export function entitiesOf(tags: readonly string[]): EntityWords[] {
  const found: { type: string; first: number; last: number }[] = [];
  let open: { type: string; first: number; last: number } | undefined;
  tags.forEach((tag, word) => {
    const [prefix, type] = [tag[0], tag.slice(2)];
    if (tag === 'O') open = undefined;
    else if (prefix === 'I' && open?.type === type) open.last = word;
    else found.push((open = { type, first: word, last: word }));
  });
  return found;
}

/** Counts over rows, entities with equal words and types being right. */
export interface EntityCounts {
  readonly right: number;
  readonly predicted: number;
  readonly wanted: number;
}

export function countEntities(
  predictions: readonly (readonly string[])[],
  targets: readonly (readonly string[])[],
): EntityCounts {
  const counts = { right: 0, predicted: 0, wanted: 0 };
  const key = ({ type, first, last }: EntityWords): string => `${first} ${last} ${type}`;
  targets.forEach((tags, row) => {
    const wanted = new Set(entitiesOf(tags).map(key));
    const predicted = entitiesOf(predictions[row]!).map(key);
    counts.wanted += wanted.size;
    counts.predicted += predicted.length;
    counts.right += predicted.filter((each) => wanted.has(each)).length;
  });
  return counts;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Micro-averaged scores of entities, as seqeval's: 0 for a ratio of nothing. */
export const entityScores = ({ right, predicted, wanted }: EntityCounts) => ({
  precision: ratio(right, predicted),
  recall: ratio(right, wanted),
  f1: ratio(2 * right, predicted + wanted),
});
