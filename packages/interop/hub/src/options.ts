import type { Files } from '@adapterfusion/contracts';

/** How far a download is, over all its files. */
export interface HubProgress {
  /** The file that is fetched now. */
  readonly file: string;
  /** Bytes that are there, those of an earlier start included. */
  readonly done: number;
  readonly total: number;
  /** Bytes a second since the start. */
  readonly rate: number;
  /** Seconds that the rest will take. */
  readonly left: number;
}

/** How the hub is reached, and where its files are kept. */
export interface HubOptions {
  /** Must have `append` and `rename`: a download goes on where it was broken off. */
  readonly files: Files;
  /** The cache folder, in the layout of `huggingface_hub`. */
  readonly cache: string;
  /** Default `https://huggingface.co` */
  readonly endpoint?: string;
  readonly token?: string;
  /** Use what is in the cache and nothing else. Default false */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: HubProgress) => void;
  /** Told of what is odd but no error. */
  readonly onWarning?: (message: string) => void;
  /** Default the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}
