import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TFJS_NODE_VERSION, type Kind } from './cache.js';
import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';
import { addKernelSources, kernelFile, kernelLevels } from './kernel-library.js';
import { addonFile, libraryFolder, muteFile, NAPI, packageFolder } from './layout.js';
import { addLogSources } from './log-sources.js';
import { LIBRARIES } from './tensorflow.js';

/**
 * Stands in the installation where the addon's package looks for TensorFlow.js, and hands it the instance that this
 * process uses already: two instances would not know each other's tensors.
 */
const BRIDGE = `module.exports = globalThis[Symbol.for('adapterfusion.tfjs')];\n`;

/**
 * Lays the unpacked TensorFlow of `folder/tensorflow` out as the addon expects it and compiles the addon, and for the CPU
 * our library of operations.
 * @throws NATIVE_INSTALL_FAILED with the compiler's last lines
 */
export async function buildAddon(python: string, folder: string, kind: Kind, signal?: AbortSignal): Promise<void> {
  const tfjsNode = packageFolder(folder);
  const lib = libraryFolder(tfjsNode);
  await mkdir(lib, { recursive: true });
  for (const name of LIBRARIES) await rename(join(folder, 'tensorflow', name), join(lib, name));
  await rename(join(folder, 'tensorflow', 'include'), join(tfjsNode, 'deps', 'include'));
  const linked = { 'libtensorflow.so': LIBRARIES[0], 'libtensorflow_framework.so': LIBRARIES[1] };
  for (const [link, name] of Object.entries(linked)) await symlink(name, join(lib, link));

  await addLogSources(tfjsNode);
  const levels = kind === 'cpu' ? kernelLevels() : [];
  if (levels.length > 0) await addKernelSources(tfjsNode);
  const settings = ['--module_name=tfjs_binding', '--module_path=copied', `--napi_build_version=${NAPI}`];
  const prefix = resolve(dirname(process.execPath), '..');
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? { npm_config_nodedir: prefix } : {};
  const ran = await command('npm', ['exec', '-c', ['node-gyp', 'rebuild', ...settings].join(' ')], {
    cwd: tfjsNode,
    env: { npm_config_python: python, ...headers },
    signal,
  });
  const built = [addonFile(tfjsNode), muteFile(tfjsNode), ...levels.map((level) => kernelFile(tfjsNode, level))].map(
    (file) => ({ from: join(tfjsNode, 'build', 'Release', basename(file)), to: file }),
  );
  if (ran.code !== 0 || !built.every(({ from }) => existsSync(from))) {
    const lines = ran.stderr.split('\n').filter((line) => /error|fatal|not found|ENOTFOUND|No space/i.test(line));
    const failed = installFailed(
      'the addon to compile',
      tail(lines.join('\n') || ran.stderr, 6),
      'It needs g++ with C++17, make, and the headers of Node (found beside it, else downloaded from nodejs.org).',
    );
    throw spaceOr(ran.stderr, failed);
  }
  await mkdir(dirname(addonFile(tfjsNode)), { recursive: true });
  for (const { from, to } of built) await rename(from, to);
  const leftovers = [join(folder, 'tensorflow'), join(tfjsNode, 'build'), join(tfjsNode, 'deps', 'include')];
  for (const path of [...leftovers, join(tfjsNode, 'src')]) await rm(path, { recursive: true, force: true });
}

/** Puts {@link BRIDGE} where the addon's package looks for TensorFlow.js. */
export async function layBridge(folder: string): Promise<void> {
  for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-core']) {
    const target = join(folder, 'node_modules', name);
    await mkdir(target, { recursive: true });
    await writeFile(
      join(target, 'package.json'),
      JSON.stringify({ name, version: TFJS_NODE_VERSION, main: 'index.js' }),
    );
    await writeFile(join(target, 'index.js'), BRIDGE);
  }
}

/** Version of the addon's package in a folder, or undefined where there is none. */
export async function packageVersion(tfjsNode: string): Promise<string | undefined> {
  const text = await readFile(join(tfjsNode, 'package.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { version?: string }).version;
}
