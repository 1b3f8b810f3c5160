import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';
import { pipComplaint } from './pip-complaint.js';
import type { OnBytes } from './progress.js';
import { needPip } from './tools.js';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const TAGS = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux2010'];
const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

/**
 * Downloads wheels for this processor with pip, through whatever index pip is set up for, and whatever the version of
 * this Python is: only libraries are used.
 * @param requirements as pip takes them; what they depend on is not fetched
 * @param target where the wheels go; pip keeps unfinished ones there too
 * @returns the files
 * @throws NATIVE_INSTALL_FAILED without pip, network or room on the disk
 */
export async function pipDownload(
  python: string,
  requirements: readonly string[],
  target: string,
  options: { signal?: AbortSignal | undefined; onBytes?: OnBytes } = {},
): Promise<string[]> {
  const { signal, onBytes } = options;
  await needPip(python, signal);
  const unfinished = join(target, 'unfinished');
  await mkdir(unfinished, { recursive: true });
  const machine = ARCHITECTURES[process.arch] ?? process.arch;
  const platforms = TAGS.flatMap((tag) => ['--platform', `${tag}_${machine}`]);
  const flags = '--no-deps --retries 2 --progress-bar off --only-binary=:all:'.split(' ');
  const which = '--python-version 3.11 --implementation cp --abi cp311'.split(' ');
  let total = 0;
  const onOutput = (text: string): void => {
    for (const [, size, unit] of text.matchAll(/Downloading \S+ \(([\d.]+) (kB|MB|GB)\)/g))
      total += Number(size) * UNITS[unit!]!;
  };
  const timer = setInterval(() => {
    // The end is told when pip has checked what it fetched.
    if (total > 0) void bytesIn(target).then((done) => done < total && onBytes?.(done, total));
  }, 500);
  const args = ['-m', 'pip', 'download', ...flags, ...which, ...platforms, '--dest', target, ...requirements];
  const ran = await command(python, args, { signal, env: { TMPDIR: unfinished }, onOutput }).finally(() =>
    clearInterval(timer),
  );
  await rm(unfinished, { recursive: true, force: true });
  const wheels = (await readdir(target)).filter((name) => name.endsWith('.whl'));
  if (ran.code === 0 && wheels.length >= requirements.length) {
    if (total > 0) onBytes?.(total, total);
    return wheels.map((name) => join(target, name));
  }
  const failed = installFailed(
    `${requirements.join(', ')} from the Python package index`,
    tail(pipComplaint(ran.stderr)),
    'Check the network and the index and proxy settings of pip, or fetch the wheel elsewhere and name it with --wheel FILE.',
  );
  throw spaceOr(ran.stderr, failed);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(sizeOf, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const sizeOf = (entry: { isFile(): boolean; size: number }): number => (entry.isFile() ? entry.size : 0);
