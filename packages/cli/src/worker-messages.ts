import type { Ended, ExperimentFile } from '@adapterfusion/experiment';
import type { BackendInfo, Progress, RunEvent } from 'adapterfusion';

/** What a worker is started with, as JSON. */
export interface WorkerTask {
  readonly experiment: string;
  readonly out: string;
}

/** What a worker is told; one thing at a time, but for the stop. */
export type Told =
  | { readonly type: 'open'; readonly backend: NonNullable<ExperimentFile['backend']> }
  | { readonly type: 'perform'; readonly run: string }
  /** Ends at the next checkpoint. */
  | { readonly type: 'stop' };

/** What a worker answers to `open` and to `perform`. */
export type Answer =
  | { readonly type: 'opened'; readonly backend: BackendInfo }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | { readonly type: 'ended'; readonly ended: Ended };

/** What a worker says. */
export type Said =
  | Answer
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'warning'; readonly message: string };
