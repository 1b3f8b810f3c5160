import type { BackendInfo, CommonOptions, RunEvent } from 'adapterfusion';

/** How a run ended that a worker took. */
export type Ended =
  | { readonly state: 'done' }
  /** The signal ended it: it goes on where it stopped. */
  | { readonly state: 'interrupted' }
  /** Another process is at it. */
  | { readonly state: 'held'; readonly message: string }
  | { readonly state: 'failed'; readonly code: string; readonly message: string }
  /** The worker is gone without a word, for want of memory or by force. */
  | { readonly state: 'lost'; readonly how: string };

/** A run on its way. */
export type Running = AsyncGenerator<RunEvent, Ended, void>;

/** Where runs are done beside each other, and what they have there. */
export interface Places {
  /** Bytes that all runs may need together. */
  readonly memory: number;
  /**
   * Opens the backend as each place has it.
   * @param backend as the file names it
   * @param largest bytes that the largest run needs, about
   * @returns what computes, and how many places there are
   */
  open(
    backend: NonNullable<CommonOptions['backend']>,
    largest: number,
  ): Promise<{ readonly backend: BackendInfo; readonly count: number }>;
}

/** What does runs beside each other, each in a process of its own. */
export interface Workers extends Places {
  /** Does a run; one at a time at each place. @param place from 0 */
  perform(place: number, run: string): Running;
  /** Gives back the memory of a place that has nothing to do. */
  rest(place: number): void;
  /** Ends all of them; runs that are on their way end at a checkpoint. */
  close(): Promise<void>;
}
