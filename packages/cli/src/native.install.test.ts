import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adapterfusion, eventsOf, scratch } from './process.spec.js';

const ready = ['python3', 'make', 'g++', 'npm'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const supported = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const [here, other] = process.arch === 'x64' ? [62, 183] : [183, 62];

const root = scratch();
let folder: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  cache = join(folder, 'cache');
  vi.stubEnv('ADAPTERFUSION_CACHE', cache);
});
afterEach(() => vi.unstubAllEnvs());

/** A zip file with text and heads of ELF files in it. */
function zip(name: string, version: string, machine: number, libraries = true): string {
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('x.dist-info/METADATA', 'Name: tensorflow-cpu\\nVersion: ' + sys.argv[2] + '\\n')
    for name in sys.argv[4:]:
        wheel.writestr(name, b'\\x7fELF' + bytes(14) + int(sys.argv[3]).to_bytes(2, 'little') + bytes(4000))
`;
  const members = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h'];
  const args = [join(folder, name), version, String(machine)];
  const named = libraries ? members.map((member) => `tensorflow/${member}`) : ['numpy/core.py'];
  expect(spawnSync('python3', ['-c', script, ...args, ...named]).status).toBe(0);
  return name;
}

async function refuses(args: readonly string[], message: RegExp, error = 'NATIVE_INSTALL_FAILED'): Promise<void> {
  const { code, stdout, stderr } = await adapterfusion(['native', 'install', ...args], folder);
  expect(stderr).toMatch(new RegExp(`^error ${error}: [^]*${message.source}`, 'm'));
  expect(stderr).toContain(`see docs/errors.md#${error.toLowerCase()}`);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect({ code, stdout }).toEqual({ code: error === 'USAGE' ? 2 : 1, stdout: '' });
  const left = join(cache, 'adapterfusion', 'native');
  expect(existsSync(left) ? readdirSync(left) : []).toEqual([]);
}

describe.skipIf(!ready || !supported)('native install (needs Linux with python3, make, g++ and npm)', () => {
  it('refuses flags that contradict each other', async () => {
    await refuses(['--wheel', 'a', '--tensorflow', 'b'], /--tensorflow/, 'USAGE');
    await refuses(['--without-driver'], /--gpu/, 'USAGE');
    await refuses(['--gpus'], /Did you mean --gpu\?/, 'USAGE');
  });

  it('names what is missing: Python, a compiler', async () => {
    vi.stubEnv('PYTHON', 'no-python-here');
    await refuses([], /no "no-python-here" on the path.*apt-get install python3"/);
    vi.stubEnv('PYTHON', '');
    vi.stubEnv('CXX', 'no-compiler-here');
    await refuses([], /no "no-compiler-here" on the path.*apt-get install g\+\+"/);
  });

  it('says that the network cannot be reached', async () => {
    for (const [name, value] of Object.entries({ PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_NO_CACHE_DIR: '1' }))
      vi.stubEnv(name, value);
    for (const name of ['PIP_FIND_LINKS', 'PIP_EXTRA_INDEX_URL', 'PYTHONPATH']) vi.stubEnv(name, '');
    await refuses([], /from the Python package index; got .*index and proxy settings of pip.*--wheel FILE/);
  });

  it('refuses wheels that are none, not whole, not TensorFlow, too old, or for another machine', async () => {
    writeFileSync(join(folder, 'notes.whl'), 'no zip');
    await refuses(['--wheel', 'notes.whl'], /not a zip file/);
    await refuses(['--wheel', 'gone.whl'], /No such file/);
    await refuses(['--wheel', zip('numpy.whl', '2.0', here, false)], /without tensorflow\/libtensorflow_cc\.so\.2/);
    const whole = readFileSync(join(folder, zip('cut.whl', '2.21.0', here)));
    writeFileSync(join(folder, 'cut.whl'), whole.subarray(0, whole.length / 2));
    await refuses(['--wheel', 'cut.whl'], /is it whole\?/);
    await refuses(['--wheel', zip('old.whl', '2.9.3', here)], /or newer; got 2\.9\.3/);
    await refuses(['--wheel', zip('other.whl', '2.21.0', other)], /for (arm64|x64)\./);
  });

  it('refuses a folder without TensorFlow, and a GPU without a driver', async ({ skip }) => {
    mkdirSync(join(folder, 'empty'));
    await refuses(['--tensorflow', 'empty'], /without libtensorflow_cc\.so\.2/);
    if (existsSync('/dev/nvidiactl')) skip('a driver is here');
    await refuses(['--gpu'], /(an NVIDIA GPU with its driver; .*--without-driver|Linux on x64)/);
  });

  it('finds too little room on the disk', async ({ skip }) => {
    mkdirSync(cache);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', cache]).status !== 0)
      skip('a disk of its own cannot be mounted here');
    try {
      await refuses(['--wheel', zip('new.whl', '2.21.0', here)], /expected 1100 MiB free at .*; got 64 MiB/);
    } finally {
      spawnSync('umount', [cache]);
    }
  });
});

it('native remove says what it removed, or that there was nothing', async () => {
  const nothing = await adapterfusion(['native', 'remove'], folder);
  expect(nothing).toMatchObject({ code: 0, stdout: 'Nothing is installed.\n' });
  const installed = join(cache, 'adapterfusion', 'native', '4.22.0-tf2.21.0-linux-x64');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'library'), new Uint8Array(3e6));
  expect(await adapterfusion(['native', 'remove', '--gpu'], folder)).toMatchObject({
    stdout: 'Nothing is installed.\n',
  });
  const { code, stdout } = await adapterfusion(['native', 'remove', '--json'], folder);
  expect(code).toBe(0);
  const [event] = eventsOf({ code, stdout, stderr: '', signal: null });
  expect(event).toEqual({ type: 'removed', removed: [{ folder: installed, bytes: 3e6 }] });
  expect(existsSync(installed)).toBe(false);
});
