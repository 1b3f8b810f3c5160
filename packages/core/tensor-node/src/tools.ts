import { command, tail } from './command.js';
import { installFailed } from './install-error.js';

interface Tool {
  readonly what: string;
  readonly name: string;
  readonly args: readonly string[];
  /** Its package in Debian and Ubuntu. */
  readonly from: string;
}

/**
 * Checks that everything is here that the build needs: python3, make, a C++ compiler, npm.
 * @returns the python to use
 * @throws NATIVE_INSTALL_FAILED naming all that is missing and the packages that bring it
 */
export async function findTools(signal?: AbortSignal): Promise<string> {
  const python = process.env['PYTHON'] || 'python3';
  const recent = ['-c', 'import sys, zipfile, tarfile; sys.exit(sys.version_info < (3, 8))'];
  const compiler = process.env['CXX']?.split(' ')[0] || 'g++';
  await need(signal, [
    { what: 'python3 (3.8 or newer)', name: python, args: recent, from: 'python3' },
    { what: 'make', name: 'make', args: ['--version'], from: 'make' },
    { what: 'a C++ compiler', name: compiler, args: ['--version'], from: 'g++' },
    { what: 'npm', name: 'npm', args: ['--version'], from: 'npm' },
  ]);
  return python;
}

/** @throws NATIVE_INSTALL_FAILED when this python has no pip */
export function needPip(python: string, signal?: AbortSignal): Promise<void> {
  const pip = { what: `pip for ${python}`, name: python, args: ['-m', 'pip', '--version'], from: 'python3-pip' };
  return need(signal, [pip]);
}

async function need(signal: AbortSignal | undefined, tools: readonly Tool[]): Promise<void> {
  const ran = await Promise.all(tools.map(({ name, args }) => command(name, args, { signal })));
  const lacking = tools.flatMap((tool, index) => {
    const { code, stderr } = ran[index]!;
    if (code === 0) return [];
    return [
      { ...tool, got: code === 127 ? `no "${tool.name}" on the path` : `"${tool.name}" failing: ${tail(stderr, 1)}` },
    ];
  });
  if (lacking.length === 0) return;
  const list = (key: 'what' | 'got' | 'from', by: string): string => lacking.map((tool) => tool[key]).join(by);
  const fix = `Install it, on Debian and Ubuntu with "apt-get install ${list('from', ' ')}", and try again.`;
  throw installFailed(list('what', ', '), list('got', ', '), fix);
}
