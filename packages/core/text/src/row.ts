import type { Row } from '@adapterfusion/contracts';

/** The encodings of a row. */
export type TokenRow = Pick<Row, 'group'>;

/** Tokens of the longest encoding of a row. */
export function lengthOf({ group }: TokenRow): number {
  return group.reduce((most, { ids }) => Math.max(most, ids.length), 0);
}
