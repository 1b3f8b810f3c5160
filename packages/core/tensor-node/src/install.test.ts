import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderName, installations, MARK, nativeCache } from './cache.js';
import { installNative, type InstallStep } from './install.js';

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

/** A wheel with the right names in it and libraries that are heads of ELF files only. */
function wheel(members: readonly string[], machine: number): string {
  const file = join(home, 'tensorflow_cpu-9.9.9-cp311-none-any.whl');
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('tensorflow_cpu-9.9.9.dist-info/METADATA', 'Name: tensorflow-cpu\\nVersion: 9.9.9\\n')
    for name in sys.argv[3:]:
        wheel.writestr(name, b'\\x7fELF' + bytes(14) + int(sys.argv[2]).to_bytes(2, 'little'))
`;
  expect(spawnSync('python3', ['-c', script, file, String(machine), ...members]).status).toBe(0);
  return file;
}

const libraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
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

  it('refuses a wheel for another processor', async () => {
    const [other, name] = process.arch === 'x64' ? [183, 'arm64'] : [62, 'x64'];
    await failsWith({ wheel: wheel(libraries, other) }, new RegExp(`for ${name}`));
  });

  it('refuses a folder that holds no TensorFlow', async () => {
    await failsWith({ tensorflow: home }, /without libtensorflow_cc\.so\.2.*tensorflow\.__file__/);
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
    expect(await installations()).toEqual([]);
  });

  it('keeps a finished installation and says so', async () => {
    const folder = join(nativeCache(), folderName('9.9.9'));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, MARK), JSON.stringify({ tensorflow: '9.9.9' }));
    const info = await installNative({ wheel: wheel(libraries, here) });
    expect(info).toEqual({ folder, tensorflow: '9.9.9', tfjsNode: '4.22.0', already: true });
    expect(await left()).toEqual([folderName('9.9.9')]);
  });

  it('refuses a cache that make cannot build in, or that cannot be written', async () => {
    vi.stubEnv('ADAPTERFUSION_CACHE', join(home, 'my cache'));
    await failsWith({}, /without spaces/);
    vi.stubEnv('ADAPTERFUSION_CACHE', join(home, 'file'));
    await writeFile(join(home, 'file'), '');
    await failsWith({ wheel: wheel(libraries, here) }, /expected a cache folder at .*Make it writable/);
    expect(existsSync(join(home, 'my cache'))).toBe(false);
  });
});
