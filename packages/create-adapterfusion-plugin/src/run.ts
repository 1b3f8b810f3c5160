import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { idOf, packageFiles } from './package-files.js';
import { KINDS, LICENSES, type Kind, type License } from './templates.js';

/** Where the command runs, and where it writes its messages. */
export interface Surroundings {
  readonly cwd: string;
  readonly year: number;
  out(text: string): void;
  error(text: string): void;
}

/** Input that the command refuses. */
class Refused extends Error {}

const HELP = `Writes a package for an AdapterFusion plugin.

Usage: npm create adapterfusion-plugin NAME -- --kind KIND [--license LICENSE]

  NAME       npm name of the package, with or without a scope: my-method, @someone/my-method.
             The package is written to a new folder with that name, without the scope.
  --kind     ${KINDS.join(', ')}; head is a task kind with its head
  --license  ${LICENSES.join(', ')} (default: ${LICENSES[0]})
  --help     this text
`;

/** Runs the command. @returns the exit code: 0, or 2 for input that is refused */
export function run(args: readonly string[], surroundings: Surroundings): number {
  try {
    return create(args, surroundings);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    surroundings.error(`error: ${error.message}\n`);
    return 2;
  }
}

function create(args: readonly string[], { cwd, year, out }: Surroundings): number {
  const { name, kind, license, help } = parsed(args);
  if (help) {
    out(HELP);
    return 0;
  }
  const chosen = { kind: kindOf(kind), name: nameOf(name), license: licenseOf(license), year };
  const id = idOf(chosen.name, chosen.kind);
  if (id === 'index') throw new Refused('expected a name other than "index", which is the file of the exports');
  const short = chosen.name.replace(/^@[^/]+\//, '');
  const folder = join(cwd, short);
  ensureEmpty(folder, short);
  for (const [path, content] of packageFiles(chosen)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  out(
    `Wrote the package ${chosen.name} to ${short}.\n\n  cd ${short}\n  npm install\n  npm test\n\nThe plugin is in src/${id}.ts.\n`,
  );
  return 0;
}

interface Given {
  readonly name: string | undefined;
  readonly kind: string | undefined;
  readonly license: string | undefined;
  readonly help: boolean;
}

function parsed(args: readonly string[]): Given {
  const options = { kind: { type: 'string' }, license: { type: 'string' }, help: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > 1) throw new Refused(`expected one name; got ${positionals.join(' ')}`);
    const { kind, license, help = false } = values;
    return { name: positionals[0], kind, license, help };
  } catch (error) {
    if (error instanceof Refused || !(error instanceof TypeError)) throw error;
    throw new Refused(`${error.message} See --help.`);
  }
}

function nameOf(name: string | undefined): string {
  if (name !== undefined && name.length <= 214 && /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    return name;
  throw new Refused(
    `expected the name of the package in kebab case, with or without a scope; got ${quoted(name)}. Example: npm create adapterfusion-plugin my-method -- --kind adapter`,
  );
}

function kindOf(kind: string | undefined): Kind {
  const known = KINDS.find((each) => each === kind);
  if (known) return known;
  throw new Refused(
    `expected --kind with one of ${KINDS.join(', ')}; got ${quoted(kind)}. With npm, options follow "--": npm create adapterfusion-plugin my-method -- --kind adapter`,
  );
}

function licenseOf(license: string | undefined): License {
  const known = LICENSES.find((each) => each === (license ?? LICENSES[0]));
  if (known) return known;
  throw new Refused(`expected --license with one of ${LICENSES.join(', ')}; got ${quoted(license)}`);
}

function ensureEmpty(folder: string, short: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory())
    throw new Refused(`expected a new or empty folder ${short}; got a file. Choose another name, or move the file.`);
  const [first] = readdirSync(folder);
  if (first !== undefined)
    throw new Refused(
      `expected a new or empty folder ${short}; got one that contains ${first}. Choose another name, or move the folder.`,
    );
}

const quoted = (text: string | undefined): string => (text === undefined ? 'nothing' : JSON.stringify(text));
