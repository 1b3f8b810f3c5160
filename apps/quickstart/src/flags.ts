import { parseArgs } from 'node:util';
import { AdapterFusionError, type CommonOptions } from 'adapterfusion';
import { NAMES, type DomainName } from './domains.js';
import type { Budget } from './recipe.js';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const FLAGS = {
  ...{ target: text, labels: text, seed: text, backend: text, model: text, out: text, json: flag, help: flag },
  ...{ study: flag, tune: flag, seeds: text, budgets: text },
};

export const HELP = `Usage: npm run quickstart -- [options]

Trains an adapter for each of three domains of reviews, fuses them for one of them
that has few labels, and shows whether that helped and why.

Options:
  --target <domain>   ${NAMES.join(', ')} (default: films; with --study: all)
  --labels <n>        labels of the target (default: 64)
  --seed <n>          which labels are drawn, and all else that is random (default: 0)
  --backend <name>    what computes: auto, cuda, native, webgpu, wasm or cpu (default: auto)
  --model <name>      folder or npm package of the encoder (default: @adapterfusion/pocket)
  --out <dir>         where bundles and the page are written (default: runs/quickstart)
  --json              one JSON object a line on stdout, for machines
  --help              print help

The claim, measured (resumable; default --out runs/study):
  --study             every target with few and many labels: fusion minus own adapter
  --seeds <n>         of how many runs (default: 10)
  --budgets <list>    which numbers of labels (default: 16,64,256,all)
  --tune              with --study: choose learning rates and steps on validation rows instead

Example:
  npm run quickstart -- --target restaurants --labels 32
`;

/** What was asked for. */
export interface Flags {
  readonly help: boolean;
  readonly study: boolean;
  readonly tune: boolean;
  readonly json: boolean;
  /** None was named: films, or all of them in a study. */
  readonly target: DomainName | undefined;
  readonly labels: number;
  readonly seed: number;
  readonly seeds: number;
  readonly budgets: readonly Budget[];
  readonly backend: NonNullable<CommonOptions['backend']>;
  readonly model: string;
  readonly out: string;
}

/** @throws USAGE for anything that is not in {@link HELP} */
export function parseFlags(args: readonly string[]): Flags {
  const { help = false, study = false, tune = false, json = false, ...values } = parsed(args);
  const { target, backend = 'auto', model = '@adapterfusion/pocket' } = values;
  if (target !== undefined && !NAMES.includes(target as DomainName))
    throw usage('--target', NAMES.join(', '), JSON.stringify(target));
  refuseIdle(values, study ? (tune ? 'tune' : 'study') : 'run');
  if (tune && !study) throw usage('--tune', '--study beside it', 'none');
  return {
    ...{ help, study, tune, json, model, target: target as DomainName | undefined },
    labels: whole('--labels', values.labels ?? '64', 2),
    seed: whole('--seed', values.seed ?? '0', 0),
    seeds: whole('--seeds', values.seeds ?? '10', 1),
    budgets: (values.budgets ?? '16,64,256,all')
      .split(',')
      .map((each) => (each === 'all' ? each : whole('--budgets', each, 2))),
    // Another name is refused by the API, with what there is.
    backend: backend as Flags['backend'],
    out: values.out ?? (study ? 'runs/study' : 'runs/quickstart'),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    throw usage('arguments', 'those that --help names', (error as Error).message.split('. ')[0]!);
  }
}

/** What a flag that another kind of run does not read needs to be left out of, or beside it. */
const IDLE: Readonly<Record<'run' | 'study' | 'tune', Readonly<Record<string, string>>>> = {
  run: { seeds: '--study beside it', budgets: '--study beside it' },
  study: { labels: '--budgets instead with --study', seed: '--seeds instead with --study' },
  tune: {
    ...{ labels: 'none with --tune', seed: '--seeds instead with --tune' },
    ...{ target: 'none with --tune', budgets: 'none with --tune' },
  },
};

/** @throws USAGE for a flag that would change nothing */
function refuseIdle(values: { readonly [flag: string]: unknown }, kind: keyof typeof IDLE): void {
  for (const [flag, expected] of Object.entries(IDLE[kind]))
    if (values[flag] !== undefined) throw usage(`--${flag}`, expected, JSON.stringify(values[flag]));
}

function whole(flag: string, given: string, least: number): number {
  if (/^\d{1,9}$/.test(given) && Number(given) >= least) return Number(given);
  throw usage(flag, `a whole number of at least ${least}`, JSON.stringify(given));
}

function usage(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('USAGE', { at, expected, got, fix: 'See npm run quickstart -- --help.' });
}
