import { command, tail } from './command.js';
import { installFailed } from './install-error.js';

/**
 * Checks that everything is here that the build needs: python3, make, a C++ compiler, npm.
 * @returns the python to use
 * @throws NATIVE_INSTALL_FAILED naming what is missing and the package that brings it
 */
export async function findTools(signal?: AbortSignal): Promise<string> {
  const python = process.env['PYTHON'] || 'python3';
  await need(
    python,
    ['-c', 'import sys, zipfile, tarfile; sys.exit(sys.version_info < (3, 8))'],
    'python3 (3.8 or newer)',
    'python3',
    signal,
  );
  await need('make', ['--version'], 'make', 'make', signal);
  await need(process.env['CXX']?.split(' ')[0] || 'g++', ['--version'], 'a C++ compiler', 'g++', signal);
  await need('npm', ['--version'], 'npm', 'npm', signal);
  return python;
}

/** @throws NATIVE_INSTALL_FAILED when this python has no pip */
export function needPip(python: string, signal?: AbortSignal): Promise<void> {
  return need(python, ['-m', 'pip', '--version'], `pip for ${python}`, 'python3-pip', signal);
}

async function need(
  tool: string,
  args: readonly string[],
  what: string,
  from: string,
  signal?: AbortSignal,
): Promise<void> {
  const ran = await command(tool, args, { signal });
  if (ran.code === 0) return;
  const got =
    ran.code === 127 ? `no "${tool}" on the path` : `"${tool} ${args[0] ?? ''}" failing: ${tail(ran.stderr, 1)}`;
  throw installFailed(what, got, `Install it, on Debian and Ubuntu with "apt-get install ${from}", and try again.`);
}
