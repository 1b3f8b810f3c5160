import {
  AdapterFusionError,
  type AnyTaskKind,
  type Example,
  type Fields,
  type Row,
  type TaskTokenizer,
} from '@adapterfusion/contracts';

/** A row's fields as an example of the kind. @param at what messages call the row @throws what the kind throws; PLUGIN_FAILED */
export const parseRow = (kind: AnyTaskKind, fields: Fields, at: string): Example =>
  atRow(at, () => kind.parse(fields, at) as Example);

/**
 * The rows that an example becomes.
 * @param name what messages call an example that does not say where it stands
 * @throws what the kind throws; PLUGIN_FAILED, also for a kind that gives no row
 */
export function encodeExample(
  kind: AnyTaskKind,
  example: Example,
  tokenizer: TaskTokenizer,
  { maxLength, name }: { readonly maxLength: number; readonly name: string },
): Row[] {
  const at = example.at ?? name;
  const rows = atRow(at, () => kind.encode(example, tokenizer, { maxLength }) as Row[]);
  if (rows.length > 0) return rows;
  throw new AdapterFusionError('PLUGIN_FAILED', {
    at,
    expected: "the task kind's encode to give at least one row",
    got: 'none',
    fix: 'Report it to the author of its package.',
  });
}

/** Whether tokens of a row were cut off. */
export const isTruncated = ({ group }: Row): boolean => group.some(({ truncated }) => truncated);

/** Does a kind's work on a row, and says which one it was that the kind failed at. */
function atRow<T>(at: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!AdapterFusionError.is(error) || error.code !== 'PLUGIN_FAILED') throw error;
    const { cause } = error;
    throw new AdapterFusionError('PLUGIN_FAILED', {
      at,
      expected: `the task kind ${error.at} to read this row`,
      got: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
      fix: 'If the row is right, report it to the author of the package, with the cause of this error.',
      cause,
    });
  }
}
