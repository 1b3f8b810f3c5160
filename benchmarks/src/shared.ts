import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AdapterFusionError } from '@adapterfusion/contracts';

/** What the cases on real data read. */
export interface SharedPlaces {
  /** An encoder in the layout of the hub. */
  readonly model: string;
  /** A set-up of it that the reference saved: ten adapters, their fusion, a head for RTE. */
  readonly setup: string;
  /** Pairs of RTE, JSON lines. */
  readonly texts: string;
  /** The folder that has RTE. */
  readonly data: string;
}

const PLACES: SharedPlaces = {
  model: 'models/all-MiniLM-L6-v2',
  setup: 'golden/minilm-rte/fusion',
  texts: 'golden/minilm-rte/texts.jsonl',
  data: 'data/RTE',
};
const BESIDE = fileURLToPath(new URL('../../../shared', import.meta.url));

/**
 * Where the real data lie: in `shared`, a folder beside the repository's.
 * @throws UNSUPPORTED where something of it is missing
 */
export function sharedPlaces(folder = BESIDE): SharedPlaces {
  const missing = Object.values(PLACES).find((place: string) => !existsSync(`${folder}/${place}`)) as
    string | undefined;
  if (missing === undefined)
    return Object.fromEntries(
      Object.entries(PLACES).map(([name, place]) => [name, `${folder}/${place}`]),
    ) as unknown as SharedPlaces;
  throw new AdapterFusionError('UNSUPPORTED', {
    at: '../shared',
    expected: 'the encoder, its set-up and RTE, beside the repository',
    got: `no ${missing}`,
    fix: 'Put them there, or leave start, load, tokenise and epoch out with --case.',
  });
}

/** The pair of texts that is predicted first. */
export async function firstPair({ texts }: Pick<SharedPlaces, 'texts'>): Promise<{ text: string; pair: string }> {
  const [line] = (await readFile(texts, 'utf8')).split('\n', 1);
  return JSON.parse(line!) as { text: string; pair: string };
}
