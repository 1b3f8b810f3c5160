import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, type Registry } from './registry.js';

/** What a command ended with. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody with a folder of their own and npm. */
export interface Person {
  readonly folder: string;
  npm(...args: string[]): Promise<Ended>;
  /** Runs an ES module. */
  node(code: string): Promise<Ended>;
  /** The command as npm installed it in the folder, or that of a program. */
  adapterfusion(...args: string[]): Promise<Ended>;
}

/**
 * Gives somebody an empty folder whose npm knows the registry of the story.
 * @param program the command that they have, where they do not install it
 */
export function person(folder: string, { url }: Registry, program = 'node_modules/@adapterfusion/cli/bin.js'): Person {
  mkdirSync(folder, { recursive: true });
  const host = url.replace(/^http:/, '');
  const settings = ['audit=false', 'fund=false', 'update-notifier=false', 'loglevel=error', 'prefer-offline=true'];
  writeFileSync(join(folder, '.npmrc'), [`registry=${url}`, `${host}:_authToken=story`, ...settings, ''].join('\n'));
  const run = (command: string, args: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: folder, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
      child.on('error', reject).on('close', (code) => resolve({ code, ...said }));
    });
  return {
    folder,
    npm: (...args) => run('npm', args),
    node: (code) => run(process.execPath, ['--input-type=module', '--eval', code]),
    adapterfusion: (...args) => run(process.execPath, [program, ...args]),
  };
}

/** A module that imports packages and fails where one exports nothing. */
export function importing(names: readonly string[]): string {
  return names
    .map((name) => `if (Object.keys(await import('${name}')).length === 0) throw new Error('${name} exports nothing');`)
    .join('\n');
}
