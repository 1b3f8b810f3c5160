/** Rows in which most features are 0, in compressed sparse row (CSR) format. */
export interface SparseRows {
  /** Features in a row, those that are 0 included. */
  readonly width: number;
  /** `[rows + 1]`: row `r` has the entries from `offsets[r]` to before `offsets[r + 1]`. */
  readonly offsets: Uint32Array;
  /** Feature of each entry; in a row each feature at most once. */
  readonly indices: Uint32Array;
  /** Value of each entry. */
  readonly values: Float64Array;
}

/** Features of rows: dense, `[rows, width]` row-major, or sparse. */
export type Features = Float32Array | Float64Array | SparseRows;

/** Whether features are in {@link SparseRows}. */
export function isSparse(features: Features): features is SparseRows {
  return 'offsets' in features;
}

/**
 * The number of rows.
 * @param width features in a row; for sparse rows their own is used
 * @throws TypeError where dense features are no whole number of rows, and for sparse rows that do not fit together
 */
export function rowCount(features: Features, width: number | undefined): number {
  if (!isSparse(features)) {
    const rows = features.length / (width ?? NaN);
    if (Number.isInteger(rows)) return rows;
    throw new TypeError(`expected rows of ${width} features, got ${features.length} numbers`);
  }
  const { offsets, indices, values } = features;
  if (width !== undefined && width !== features.width)
    throw new TypeError(`expected sparse rows of ${width} features, got rows of ${features.width}`);
  const entries = offsets.at(-1) ?? NaN;
  if (indices.length !== entries || values.length !== entries || indices.some((index) => index >= features.width))
    throw new TypeError(`expected ${entries} indices below ${features.width} and as many values`);
  return offsets.length - 1;
}
