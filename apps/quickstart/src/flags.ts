import { parseArgs } from 'node:util';
import { AdapterFusionError, type CommonOptions } from 'adapterfusion';
import { NAMES, type DomainName } from './domains.js';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const FLAGS = {
  ...{ target: text, labels: text, seed: text, backend: text, model: text, out: text, json: flag, help: flag },
};

export const HELP = `Usage: npm run quickstart -- [options]

Trains an adapter for each of two domains of reviews, composes them for a third that
has few labels, and shows whether that helped and why.

Options:
  --target <domain>   ${NAMES.join(', ')} (default: films)
  --labels <n>        labels of the target (default: 64)
  --seed <n>          which labels are drawn, and all else that is random (default: 0)
  --backend <name>    what computes: auto, cuda, native, webgpu, wasm or cpu (default: auto)
  --model <name>      folder or npm package of the encoder (default: @adapterfusion/pocket)
  --out <dir>         where bundles and the page are written (default: runs/quickstart)
  --json              one JSON object a line on stdout, for machines
  --help              print help

Example:
  npm run quickstart -- --target restaurants --labels 32
`;

/** What was asked for. */
export interface Flags {
  readonly help: boolean;
  readonly json: boolean;
  readonly target: DomainName;
  readonly labels: number;
  readonly seed: number;
  readonly backend: NonNullable<CommonOptions['backend']>;
  readonly model: string;
  readonly out: string;
}

/** @throws USAGE for anything that is not in {@link HELP} */
export function parseFlags(args: readonly string[]): Flags {
  const { help = false, json = false, ...values } = parsed(args);
  const { target = 'films', backend = 'auto', model = '@adapterfusion/pocket', out = 'runs/quickstart' } = values;
  if (!NAMES.includes(target as DomainName)) throw usage('--target', NAMES.join(', '), JSON.stringify(target));
  return {
    ...{ help, json, model, out, target: target as DomainName },
    labels: whole('--labels', values.labels ?? '64', 2),
    seed: whole('--seed', values.seed ?? '0', 0),
    // Another name is refused by the API, with what there is.
    backend: backend as Flags['backend'],
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    throw usage('arguments', 'those that --help names', (error as Error).message.split('. ')[0]!);
  }
}

function whole(flag: string, given: string, least: number): number {
  if (/^\d{1,9}$/.test(given) && Number(given) >= least) return Number(given);
  throw usage(flag, `a whole number of at least ${least}`, JSON.stringify(given));
}

function usage(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('USAGE', { at, expected, got, fix: 'See npm run quickstart -- --help.' });
}
