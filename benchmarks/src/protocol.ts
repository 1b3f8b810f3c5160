/*
 * A worker is a process that makes its work ready, says so on a line of JSON, and then answers every line that it reads
 * with one of its own. `step` is answered by a Stepped, `end` by an Ended, after which it exits.
 */

export interface Ready {
  readonly ready: true;
  /** What computes, for the record. */
  readonly versions: { readonly [name: string]: string | number };
  /** What came of the work, where both sides have to say the same. */
  readonly answer?: string;
}

export interface Stepped {
  readonly ms: number;
}

export interface Ended {
  /** The most memory that the process held at once. */
  readonly peak_rss_mib: number;
  /** Share of the tokens of all its batches that were padding. */
  readonly padding?: number;
}

/** A worker that cannot do its work says why. */
export interface Failed {
  readonly error: string;
}
