import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderName, installations, nativeCache } from './cache.js';
import { installNative, type InstallStep } from './install.js';
import { layInstallation } from './installation.spec.js';
import { kernelFile } from './kernel-library.js';
import { addonFile, packageFolder } from './layout.js';
import { driverLack } from './nvidia-driver.js';

const ready = ['python3', 'make', 'g++', 'npm'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const supported = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'adapterfusion-install-'));
  vi.stubEnv('ADAPTERFUSION_CACHE', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

/**
 * A wheel with the right names in it and libraries that are heads of ELF files only.
 * @param mebibytes of zeros at the end of each
 */
function wheel(members: readonly string[], machine: number, version = '9.9.9', mebibytes = 0): string {
  const file = join(home, 'tensorflow_cpu-9.9.9-cp311-none-any.whl');
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
    wheel.writestr('tensorflow_cpu.dist-info/METADATA', 'Name: tensorflow-cpu\\nVersion: ' + sys.argv[3] + '\\n')
    for name in sys.argv[5:]:
        with wheel.open(name, 'w', force_zip64=True) as member:
            member.write(b'\\x7fELF' + bytes(14) + int(sys.argv[2]).to_bytes(2, 'little'))
            for _ in range(int(sys.argv[4])):
                member.write(bytes(1 << 20))
`;
  const args = [file, machine, version, mebibytes, ...members].map(String);
  expect(spawnSync('python3', ['-c', script, ...args]).status).toBe(0);
  return file;
}

const libraries = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/c_api.h',
];
const here = process.arch === 'x64' ? 62 : 183;
const left = (): Promise<string[]> => readdir(nativeCache()).catch(() => []);

describe.skipIf(!ready || !supported)('installNative (needs Linux with python3, make, g++ and npm)', () => {
  const failsWith = async (options: Parameters<typeof installNative>[0], message: RegExp): Promise<void> => {
    await expect(installNative(options)).rejects.toMatchObject({
      code: 'NATIVE_INSTALL_FAILED',
      message: expect.stringMatching(message) as string,
    });
    expect(await left()).toEqual([]);
  };

  it('refuses a file that is no wheel', async () => {
    const file = join(home, 'notes.whl');
    await writeFile(file, 'not a zip file');
    await failsWith({ wheel: file }, /expected a TensorFlow wheel .* not a zip file/);
    await failsWith({ wheel: join(home, 'absent.whl') }, /absent\.whl.*No such file/);
  });

  it('refuses a wheel without TensorFlow in it', async () => {
    await failsWith({ wheel: wheel(['numpy/core.so'], here) }, /without tensorflow\/libtensorflow_cc\.so\.2/);
  });

  it('refuses a wheel without its headers, a truncated one, and one that is too old', async () => {
    await failsWith(
      { wheel: wheel(libraries.slice(0, 2), here) },
      /without tensorflow\/include\/tensorflow\/c\/c_api\.h/,
    );
    const whole = wheel(libraries, here);
    await writeFile(whole, (await readFile(whole)).subarray(0, -50));
    await failsWith({ wheel: whole }, /not a zip file \(is it whole\?\)/);
    await failsWith(
      { wheel: wheel(libraries, here, '2.9.3') },
      /expected TensorFlow 2\.\d+\.\d+ or newer; got 2\.9\.3/,
    );
  });

  it('refuses a wheel that is damaged inside', async () => {
    const file = wheel(libraries, here, '9.9.9', 1);
    const bytes = await readFile(file);
    bytes.fill(0xee, 200, 1200);
    await writeFile(file, bytes);
    await failsWith(
      { wheel: file },
      /expected a whole wheel; got .*(CRC|decompress|Overlapped)|expected a TensorFlow wheel/,
    );
  });

  it('refuses a wheel for another processor', async () => {
    const [other, name] = process.arch === 'x64' ? [183, 'arm64'] : [62, 'x64'];
    await failsWith({ wheel: wheel(libraries, other) }, new RegExp(`for ${name}`));
  });

  it('refuses a folder that holds no TensorFlow', async () => {
    await failsWith({ tensorflow: home }, /without libtensorflow_cc\.so\.2.*tensorflow\.__file__/);
  });

  /** The folder of a TensorFlow as Python has it. */
  async function site(version: string, machine: number, name = 'tensorflow_cpu'): Promise<string> {
    const head = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(14), Buffer.from([machine, 0])]);
    for (const file of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h']) {
      await mkdir(join(home, 'site', 'tensorflow', file, '..'), { recursive: true });
      await writeFile(join(home, 'site', 'tensorflow', file), head);
    }
    await writeFile(join(home, 'site', 'tensorflow', '__init__.py'), 'raise SystemExit("imported")\n');
    await mkdir(join(home, 'site', `${name}-${version}.dist-info`));
    return join(home, 'site', 'tensorflow');
  }

  it('refuses a folder for another processor, too old, or without CUDA where that is wanted', async () => {
    const [other, name] = process.arch === 'x64' ? [183, 'arm64'] : [62, 'x64'];
    await failsWith({ tensorflow: await site('2.21.0', other) }, new RegExp(`libraries for ${name} in`));
    await rm(join(home, 'site'), { recursive: true });
    await failsWith({ tensorflow: await site('2.10.0', here) }, /newer; got 2\.10\.0/);
    await rm(join(home, 'site'), { recursive: true });
    const tensorflow = await site('2.21.0', here);
    if (process.arch === 'x64') await failsWith({ tensorflow, gpu: true, withoutDriver: true }, /knows CUDA/);
  });

  it('takes a TensorFlow that this Python has, without importing it, and not an older one', async () => {
    vi.stubEnv('PYTHONPATH', join(home, 'site'));
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_fetch_retries', '0');
    vi.stubEnv('npm_config_cache', join(home, 'npm'));
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
    vi.stubEnv('PIP_FIND_LINKS', '');
    vi.stubEnv('PIP_NO_CACHE_DIR', '1');
    const words: string[] = [];
    const onStep = ({ message }: InstallStep): void => void words.push(message);
    await site('99.1.0', here);
    await failsWith({ onStep }, /./);
    expect(words[1]).toBe(`copying TensorFlow 99.1.0, which this Python has in ${join(home, 'site', 'tensorflow')}`);
    await rm(join(home, 'site'), { recursive: true });
    await site('2.20.0', here);
    words.length = 0;
    await failsWith({ onStep }, /from the Python package index/);
    expect(words[1]).toMatch(/^fetching tensorflow/);
  });

  it('asks for a driver before anything is fetched for a GPU', async ({ skip }) => {
    if (!(await driverLack())) skip('a driver is here');
    await failsWith(
      { gpu: true },
      /expected (an NVIDIA GPU with its driver; .*--without-driver|Linux on x64 for CUDA)/,
    );
  });

  it('names a missing python, compiler and npm, and the package that brings them', async () => {
    vi.stubEnv('PYTHON', join(home, 'python9'));
    await failsWith({}, /expected python3 .*python9.*apt-get install python3"/);
    vi.stubEnv('PYTHON', '');
    vi.stubEnv('CXX', 'no-such-compiler');
    await failsWith({}, /expected a C\+\+ compiler; got no "no-such-compiler".*apt-get install g\+\+"/);
    vi.stubEnv('CXX', '');
    const bin = join(home, 'bin');
    await mkdir(bin);
    for (const tool of ['python3', 'make', 'g++']) {
      const path = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
      await symlink(path, join(bin, tool));
    }
    const real = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
    vi.stubEnv('PYTHON', real);
    vi.stubEnv('PATH', bin);
    await failsWith({}, /expected npm; got no "npm" on the path/);
    vi.stubEnv('CXX', 'no-such-compiler');
    await failsWith({}, /expected a C\+\+ compiler, npm; got .*apt-get install g\+\+ npm"/);
  });

  it('names a python without pip', async () => {
    expect(spawnSync('python3', ['-m', 'venv', '--without-pip', join(home, 'venv')]).status).toBe(0);
    vi.stubEnv('PYTHON', join(home, 'venv', 'bin', 'python3'));
    await failsWith({}, /expected pip for .*No module named pip.*python3-pip/);
  });

  it('says that the package index cannot be reached, and names --wheel', async () => {
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
    vi.stubEnv('PIP_EXTRA_INDEX_URL', '');
    vi.stubEnv('PIP_FIND_LINKS', '');
    vi.stubEnv('PIP_NO_CACHE_DIR', '1');
    await failsWith({}, /expected tensorflow.*==2\.21\.0 from the Python package index; got .*--wheel FILE/);
  });

  it('says that npm cannot be reached, leaves nothing, and sweeps what a killed installation left', async () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_fetch_retries', '0');
    vi.stubEnv('npm_config_cache', join(home, 'npm'));
    const gone = spawnSync('true').pid;
    await mkdir(join(nativeCache(), `.installing-${gone}-abc`), { recursive: true });
    await failsWith(
      { wheel: wheel(libraries, here) },
      /expected @tensorflow\/tfjs-node@4\.22\.0 .*from npm; got .*Check the network/,
    );
  });

  it('leaves nothing when it is aborted in the middle', async () => {
    const controller = new AbortController();
    const steps: InstallStep[] = [];
    const onStep = (step: InstallStep): void => {
      steps.push(step);
      if (step.step === 3) setTimeout(() => controller.abort(), 20);
    };
    await expect(
      installNative({ wheel: wheel(libraries, here), onStep, signal: controller.signal }),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(steps.map(({ step, of }) => `${step}/${of}`).slice(0, 3)).toEqual(['1/6', '2/6', '3/6']);
    expect(await left()).toEqual([]);
    expect(await installations('cpu')).toEqual([]);
  });

  it('keeps a finished installation and says so; one that lacks a part is built anew', async () => {
    const folder = await layInstallation(nativeCache(), '9.9.9', 'cpu');
    const file = wheel(libraries, here);
    const kept = { folder, kind: 'cpu', tensorflow: '9.9.9', tfjsNode: '4.22.0', already: true };
    expect(await installNative({ wheel: file })).toEqual(kept);
    expect(await left()).toEqual([folderName('9.9.9', 'cpu')]);
    await layInstallation(nativeCache(), '2.21.0', 'cpu');
    vi.stubEnv('PYTHON', 'no-python-here');
    expect(await installNative()).toMatchObject({ tensorflow: '2.21.0', already: true });
    vi.stubEnv('PYTHON', '');
    await rm(join(nativeCache(), folderName('2.21.0', 'cpu')), { recursive: true });
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_fetch_retries', '0');
    vi.stubEnv('npm_config_cache', join(home, 'npm'));
    // Operations of another version: it can be used without, and is built anew.
    await rm(kernelFile(packageFolder(folder), 'base'));
    await expect(installNative({ wheel: file })).rejects.toThrow(/from npm/);
    expect(await installations('cpu')).toHaveLength(1);
    await rm(addonFile(packageFolder(folder)));
    await expect(installNative({ wheel: file })).rejects.toThrow(/from npm/);
    expect(await installations('cpu')).toEqual([]);
  });

  it('refuses a cache that make cannot build in, or that cannot be written', async () => {
    vi.stubEnv('ADAPTERFUSION_CACHE', join(home, 'my cache'));
    await failsWith({}, /without spaces/);
    vi.stubEnv('ADAPTERFUSION_CACHE', join(home, 'file'));
    await writeFile(join(home, 'file'), '');
    await failsWith({ wheel: wheel(libraries, here) }, /expected a cache folder at .*Make it writable/);
    expect(existsSync(join(home, 'my cache'))).toBe(false);
  });

  it('finds too little room before it begins, and a disk that fills up on the way', async ({ skip }) => {
    const mount = (size: string): boolean =>
      spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', home]).status === 0;
    if (!mount('64m')) skip('a disk of its own cannot be mounted here');
    try {
      await failsWith(
        { wheel: wheel(libraries, here) },
        /expected 1100 MiB free at .*; got 6\d MiB.*ADAPTERFUSION_CACHE/,
      );
      spawnSync('mount', ['-o', 'remount,size=1110m', home]);
      await failsWith({ wheel: wheel(libraries.slice(0, 2).concat(libraries[2]!), here, '9.9.9', 500) }, /a full disk/);
    } finally {
      spawnSync('umount', [home]);
    }
  });
});
