import type { Files } from '@adapterfusion/contracts';

/** What is made of what: the result is a function of this and of the files it names. */
export interface Recipe {
  /** Text, one paragraph a line, in UTF-8; unpacked first when its name ends in `.zst`. */
  readonly corpus: string;
  /** The teacher's folder in the hub's layout. */
  readonly teacher: string;
  /** Where everything made on the way is kept, so that a run can go on. */
  readonly state: string;
  readonly seed: number;
  /** Pieces in the student's vocabulary. */
  readonly vocabulary: number;
  /** Tokens that the teacher reads. */
  readonly tokens: number;
  /** Longest row in tokens. */
  readonly maxLength: number;
  /** Rows that are kept apart for measuring. */
  readonly heldOut: number;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly inner: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Optimiser steps between checkpoints. */
  readonly checkpointEvery: number;
}

/** The recipe of the published weights. */
export const PUBLISHED = {
  seed: 0,
  vocabulary: 16000,
  tokens: 1_200_000,
  maxLength: 64,
  heldOut: 2000,
  layers: 4,
  hidden: 128,
  heads: 4,
  inner: 512,
  epochs: 6,
  batchSize: 64,
  learningRate: 1e-3,
  checkpointEvery: 200,
} as const satisfies Partial<Recipe>;

/** The option of the command that gives a part of the recipe. */
export const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Longest input of the student in tokens. */
export const POSITIONS = 256;

/** What a stage works with. */
export interface Workshop {
  readonly recipe: Recipe;
  readonly files: Files;
  /** Raised to stop after the present piece of work, with everything kept. */
  readonly signal: AbortSignal;
  /** One line of progress. */
  readonly report: (line: string) => void;
}
