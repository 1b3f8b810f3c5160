import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const BIN = join(root, 'packages/cli/dist/bin.js');

/** What a person types on a machine that lacks something. */
export interface Scene {
  readonly title: string;
  readonly args: readonly string[];
  /** Programs that are on the path; all of this machine's by default. */
  readonly path?: readonly string[];
  /** Without the network. */
  readonly offline?: boolean;
  /** With what `native install` built on this machine; by default nothing is installed. */
  readonly installed?: boolean;
  /** With the lines that say how far it is, or what else goes to stderr. Default true. */
  readonly progress?: boolean;
}

const TOOLS = ['node', 'npm', 'python3', 'make', 'g++'];
const without = (tool: string): string[] => TOOLS.filter((name) => name !== tool);
const install = ['native', 'install'];
const train = (backend: string): string[] =>
  `train --backend ${backend} --model @adapterfusion/pocket --data reviews-films --out runs/films`.split(' ');

/** In the order of the page. */
export const SCENES: readonly Scene[] = [
  { title: 'No Python', args: install, path: without('python3') },
  { title: 'No compiler', args: install, path: without('g++') },
  { title: 'No network', args: install, offline: true },
  { title: 'No NVIDIA driver', args: [...install, '--gpu'] },
  { title: 'A wheel that is none', args: [...install, '--wheel', 'notes.whl'] },
  { title: 'A backend that is not installed', args: train('native') },
  { title: 'A GPU that is not here', args: train('cuda') },
  { title: 'WebGPU in Node without its package', args: train('webgpu') },
];

/** Whether the tools are here whose lack some scenes show. */
export const hasTools = (): boolean => TOOLS.every((name) => spawnSync(name, ['--version']).status === 0);

/** Whether commands can be run without the network here: in a network namespace of their own. */
export const canUnplug = (): boolean => spawnSync('unshare', ['-n', 'true']).status === 0;

/**
 * Really runs a command, in a project of its own that has the packages of this one.
 * @param scratch a folder for it, emptied before
 * @returns what it printed, stdout and stderr as they came, with `~` and `PROJECT` in the place of this machine's folders
 */
export function play(
  { args, path, offline = false, installed = false, progress = true }: Scene,
  scratch: string,
): string {
  rmSync(scratch, { recursive: true, force: true });
  const project = join(scratch, 'project');
  for (const folder of ['bin', 'cache', 'project']) mkdirSync(join(scratch, folder), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  writeFileSync(join(project, 'notes.whl'), 'no zip file\n');
  for (const name of path ?? [])
    writeFileSync(join(scratch, 'bin', name), `#!/bin/sh\nexec ${where(name)} "$@"\n`, { mode: 0o755 });
  const env = {
    HOME: homedir(),
    PATH: path ? join(scratch, 'bin') : process.env['PATH'],
    PIP_NO_CACHE_DIR: '1',
    NO_COLOR: '1',
    ...(installed ? {} : { XDG_CACHE_HOME: join(scratch, 'cache') }),
  };
  const line = [process.execPath, BIN, ...args];
  const [program, ...rest] = offline ? ['unshare', '-n', ...line] : line;
  // Both streams into one, so that they stand in the order in which they came.
  const ran = spawnSync(
    '/bin/sh',
    ['-c', `exec "$0" "$@" ${progress ? '2>&1' : '2>/dev/null'}`, offline ? where('unshare') : program!, ...rest],
    {
      cwd: project,
      env,
      encoding: 'utf8',
    },
  );
  return ran.stdout
    .trimEnd()
    .replaceAll(join(scratch, 'cache'), '~/.cache')
    .replaceAll(project, 'PROJECT')
    .replaceAll(homedir(), '~');
}

/** Where a program is; Python as itself, since what is on the path may be a script that needs other programs. */
function where(program: string): string {
  const ask = program === 'python3' ? `python3 -c 'import sys; print(sys.executable)'` : `command -v ${program}`;
  const found = spawnSync('/bin/sh', ['-c', ask], { encoding: 'utf8' }).stdout.trim();
  if (found === '') throw new Error(`${program} is needed to show what happens without another`);
  return found;
}
