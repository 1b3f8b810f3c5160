/** Rows of a split as {@link splitWarnings} looks at them. */
export interface LabelledRows {
  /** The data and the split, for messages: `reviews.csv, "train"`. */
  readonly what: string;
  readonly rows: number;
  /** Rows of each label that the task has; none in regression. */
  readonly labels: readonly { readonly label: string; readonly rows: number }[];
}

/** Most rows of a split that are too few for any result. */
const FEW = 3;
/** Most labels that a warning names. */
const NAMED = 5;

/**
 * Warnings about the rows of a split: hardly any rows, and in a split that is trained on rows of one label only, and labels
 * that occur once.
 * @param trained whether the rows are trained on
 */
export function splitWarnings({ what, rows, labels }: LabelledRows, trained: boolean): string[] {
  const few = rows <= FEW ? [`${what}: only ${counted(rows, 'row')}; a result on so few is chance. Add rows.`] : [];
  if (!trained || labels.length === 0) return few;
  const seen = labels.filter((each) => each.rows > 0);
  const once = labels.filter((each) => each.rows === 1).map(({ label }) => label);
  return [
    ...few,
    ...(seen.length === 1
      ? [
          `${what}: every row has the label ${JSON.stringify(seen[0]!.label)}, so that no other can be learned. Add rows of others.`,
        ]
      : []),
    ...(once.length > 0
      ? [
          `${what}: ${named(once)} ${once.length === 1 ? 'occurs' : 'occur'} in one row only; add rows, or merge rare labels.`,
        ]
      : []),
  ];
}

/**
 * Warnings about label names that differ only by case or white space, which count as different labels.
 * @param name of the data
 */
export function labelNameWarnings(name: string, labels: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const key = label.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length > 1
      ? [
          `${name}: the labels ${quoted(group)} differ only by case or white space and count as different. Write them the same.`,
        ]
      : [],
  );
}

const quoted = (labels: readonly string[]): string => labels.map((label) => JSON.stringify(label)).join(', ');
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function named(labels: readonly string[]): string {
  const more = labels.length > NAMED ? ` and ${labels.length - NAMED} more` : '';
  return `the ${labels.length === 1 ? 'label' : 'labels'} ${quoted(labels.slice(0, NAMED))}${more}`;
}
