import { AdapterFusionError } from '@adapterfusion/contracts';

/** Sizes of encoders, as Hugging Face's configurations name them. The weights are random: only time and memory are measured. */
export const SHAPES = {
  /** To try the suite and to count kernels; never a result. */
  tiny: { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 },
  minilm: { hidden_size: 384, num_hidden_layers: 6, num_attention_heads: 12, intermediate_size: 1536 },
  'bert-base': { hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072 },
} as const;
type Shape = keyof typeof SHAPES;

export const VOCABULARY = 30522;

/** What is timed on random weights: one forward pass, one training step with its update, five tasks on the same text. */
const DRAWN = [
  'infer/plain',
  'infer/adapter',
  'infer/fusion',
  'train/head',
  'train/head-kept',
  'train/adapter',
  'train/fusion',
  'train/full',
  'five',
] as const;
/** What is timed on a real encoder, a trained set-up of it and the rows of RTE. */
const REAL = ['start', 'load', 'tokenise', 'epoch'] as const;
export const CASES = [...DRAWN, ...REAL] as const;
export type DrawnCase = (typeof DRAWN)[number];
export type RealCase = (typeof REAL)[number];
export type Case = DrawnCase | RealCase;

export const isReal = (name: string): name is RealCase => (REAL as readonly string[]).includes(name);

/** Tokens that are kept of a real row. */
export const LONGEST = 96;
/** What the cases on real data work on. */
const REAL_SIZES: Readonly<Record<RealCase, Pick<Work, 'adapters' | 'batch' | 'length'>>> = {
  start: { adapters: 10, batch: 1, length: LONGEST },
  load: { adapters: 10, batch: 0, length: 0 },
  tokenise: { adapters: 0, batch: 16, length: LONGEST },
  epoch: { adapters: 1, batch: 16, length: LONGEST },
};
/** Pairs of texts that a step of `tokenise` reads. */
export const PAIRS_A_STEP = 1000;
/** Batches that a step of `epoch` trains on: fifteen steps are an epoch of RTE but for six batches. */
export const BATCHES_A_STEP = 10;
/** Tasks of the case `five`, each with an adapter and a head. */
const TASKS = 5;

/** Who does a piece of work. */
export type Worker = 'ours' | 'textbook' | 'passes' | 'adapters' | 'onnxruntime';

const PEERS = ['adapters', 'onnxruntime', 'textbook', 'plain', 'live', 'passes'] as const;

/** A piece of work that a process does again and again. */
export interface Work {
  readonly case: Case;
  readonly shape: Shape;
  /** How many; 0 where none takes part. */
  readonly adapters: number;
  /** Rows of a batch; 0 where there is none. */
  readonly batch: number;
  /** Tokens of a row, without padding; of real rows the most that are kept. */
  readonly length: number;
}

/** A comparison: the same rows for both, or another case for the peer. */
export interface Comparison {
  readonly work: Work;
  /** What the peer is called in results. */
  readonly peer: string;
  readonly by: Worker;
  /** The peer's case, where it is another. */
  readonly peerCase?: Case;
}

/** What a user chose; everything where nothing is said. */
export interface Choice {
  readonly cases?: readonly string[];
  readonly shapes?: readonly string[];
  readonly adapters?: readonly number[];
  readonly batches?: readonly string[];
  readonly peers?: readonly string[];
}

const COUNTS: Readonly<Record<string, readonly number[]>> = {
  'infer/fusion': [1, 4, 8, 16],
  'train/fusion': [1, 8, 16],
};

/** Peers of a case; `plain` is our own encoder without adapters, `live` our own step with the frozen layers run anew. */
function peersOf(name: Case): readonly { readonly peer: string; readonly by: Worker; readonly peerCase?: Case }[] {
  const reference = { peer: 'adapters', by: 'adapters' } as const;
  const textbook = { peer: 'textbook', by: 'textbook' } as const;
  if (name === 'five') return [{ peer: 'passes', by: 'passes' }];
  // Without dropout below the head it is another training than the reference's.
  if (name === 'train/head-kept') return [{ peer: 'live', by: 'ours', peerCase: 'train/head' }];
  if (name === 'infer/plain') return [reference, { peer: 'onnxruntime', by: 'onnxruntime' }];
  if (name === 'infer/fusion') return [reference, textbook, { peer: 'plain', by: 'ours', peerCase: 'infer/plain' }];
  return name === 'train/fusion' ? [reference, textbook] : [reference];
}

/**
 * The comparisons that were chosen, in the order of {@link CASES}. Those on real data have batches of their own and one
 * encoder: another shape, or sizes of batches without their names, leave them out.
 * @throws OPTIONS_INVALID for a name that is not known
 */
export function plan(choice: Choice): Comparison[] {
  const cases = pick('case', choice.cases, CASES);
  const shapes = pick('shape', choice.shapes ?? ['minilm', 'bert-base'], Object.keys(SHAPES) as Shape[]);
  const batches = (choice.batches ?? ['8x128', '1x32']).map(parseBatch);
  const peers: readonly string[] | undefined = choice.peers && pick('peer', choice.peers, PEERS);
  const named = choice.cases !== undefined;
  const drawn = shapes.flatMap((shape) =>
    batches.flatMap(([batch, length]) =>
      cases
        .filter((name) => !isReal(name))
        .filter((name) => batch > 1 || name.startsWith('infer/') || (named && choice.batches !== undefined))
        .flatMap((name) =>
          countsOf(name, choice.adapters).map((adapters): Work => ({ case: name, shape, adapters, batch, length })),
        ),
    ),
  );
  const fits = shapes.includes('minilm') && (named || choice.batches === undefined);
  const real = cases
    .filter((name) => isReal(name))
    .map((name): Work => ({ case: name, shape: 'minilm', ...REAL_SIZES[name] }));
  return [...drawn, ...(fits ? real : [])].flatMap((work) =>
    peersOf(work.case)
      .filter(({ peer }) => peers?.includes(peer) ?? true)
      .map((peer) => ({ work, ...peer })),
  );
}

function countsOf(name: DrawnCase, chosen: readonly number[] | undefined): readonly number[] {
  if (name.endsWith('/fusion')) return chosen ?? COUNTS[name]!;
  if (name === 'five') return [TASKS];
  return [name.endsWith('/adapter') ? 1 : 0];
}

function pick<T extends string>(at: string, chosen: readonly string[] | undefined, known: readonly T[]): readonly T[] {
  const strange = chosen?.find((name) => !(known as readonly string[]).includes(name));
  if (strange === undefined) return chosen ? known.filter((name) => chosen.includes(name)) : known;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: `--${at}`,
    expected: `one of ${known.join(', ')}`,
    got: JSON.stringify(strange),
    fix: 'Correct the name.',
  });
}

function parseBatch(text: string): readonly [number, number] {
  const found = /^([1-9]\d*)x([1-9]\d*)$/.exec(text);
  if (found) return [Number(found[1]), Number(found[2])];
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: '--batch',
    expected: 'rows × tokens, for example 8x128',
    got: JSON.stringify(text),
    fix: 'Correct it.',
  });
}
