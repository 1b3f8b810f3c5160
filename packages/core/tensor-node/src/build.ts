import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TFJS_NODE_VERSION } from './cache.js';
import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';
import { LIBRARIES } from './source.js';

/** Node-API version the addon is compiled for: every Node from 18 on loads it. */
const NAPI = 8;

/** What is fetched from npm, with the hashes of the exact files: the addon's code is compiled and run here. */
const PACKAGES = [
  {
    name: '@tensorflow/tfjs-node',
    version: TFJS_NODE_VERSION,
    integrity: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
  },
  {
    name: 'google-protobuf',
    version: '3.21.4',
    integrity: 'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
  },
] as const;

/**
 * Stands in the installation where the addon's package looks for TensorFlow.js, and hands it the instance that this
 * process uses already: two instances would not know each other's tensors.
 */
const BRIDGE = `module.exports = globalThis[Symbol.for('adapterfusion.tfjs')];\n`;

const UNPACK = `
import sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    for member in archive.getmembers():
        parts = member.name.split('/')
        if not member.isfile() or len(parts) < 2 or '..' in parts or parts[0] == '':
            continue
        member.name = '/'.join(parts[1:])
        archive.extract(member, sys.argv[2])
`;

/** Where an installation's folder has the addon's package. */
export function packageFolder(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** Where the package has its binary. */
export function addonFile(tfjsNode: string): string {
  return join(tfjsNode, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');
}

/**
 * Fetches the addon's package and the one that it needs from npm, without their install scripts, into `folder/node_modules`.
 * @throws NATIVE_INSTALL_FAILED without network, for bytes other than the expected ones, or a full disk
 */
export async function fetchPackages(python: string, folder: string, signal?: AbortSignal): Promise<void> {
  const specs = PACKAGES.map(({ name, version }) => `${name}@${version}`);
  const ran = await command('npm', ['pack', '--json', '--silent', ...specs], { cwd: folder, signal });
  const wanted = `${specs.join(' and ')} from npm`;
  const fix = 'Check the network and the registry settings of npm, then try again.';
  if (ran.code !== 0) throw spaceOr(ran.stderr, installFailed(wanted, tail(ran.stderr + ran.stdout), fix));
  const packed = JSON.parse(ran.stdout) as { name: string; filename: string; integrity: string }[];
  for (const { name, integrity } of PACKAGES) {
    const file = packed.find((entry) => entry.name === name);
    if (file?.integrity !== integrity)
      throw installFailed(
        `${name} with hash ${integrity}`,
        file?.integrity ?? 'no such file',
        'Use a registry that has it.',
      );
    const target = join(folder, 'node_modules', name);
    await mkdir(target, { recursive: true });
    const unpacked = await command(python, ['-c', UNPACK, join(folder, file.filename), target], { signal });
    if (unpacked.code !== 0) throw spaceOr(unpacked.stderr, installFailed(wanted, tail(unpacked.stderr, 1), fix));
    await rm(join(folder, file.filename));
  }
}

/**
 * Lays the unpacked TensorFlow of `folder/tensorflow` out as the addon expects it and compiles the addon.
 * @throws NATIVE_INSTALL_FAILED with the compiler's last lines
 */
export async function buildAddon(python: string, folder: string, signal?: AbortSignal): Promise<void> {
  const tfjsNode = packageFolder(folder);
  const lib = join(tfjsNode, 'deps', 'lib');
  await mkdir(lib, { recursive: true });
  for (const name of LIBRARIES) await rename(join(folder, 'tensorflow', name), join(lib, name));
  await rename(join(folder, 'tensorflow', 'include'), join(tfjsNode, 'deps', 'include'));
  const linked = { 'libtensorflow.so': LIBRARIES[0], 'libtensorflow_framework.so': LIBRARIES[1] };
  for (const [link, name] of Object.entries(linked)) await symlink(name, join(lib, link));

  const settings = ['--module_name=tfjs_binding', '--module_path=copied', `--napi_build_version=${NAPI}`];
  const prefix = resolve(dirname(process.execPath), '..');
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? { npm_config_nodedir: prefix } : {};
  const ran = await command('npm', ['exec', '-c', ['node-gyp', 'rebuild', ...settings].join(' ')], {
    cwd: tfjsNode,
    env: { npm_config_python: python, ...headers },
    signal,
  });
  const built = join(tfjsNode, 'build', 'Release', 'tfjs_binding.node');
  if (ran.code !== 0 || !existsSync(built)) {
    const lines = ran.stderr.split('\n').filter((line) => /error|fatal|not found|ENOTFOUND|No space/i.test(line));
    const failed = installFailed(
      'the addon to compile',
      tail(lines.join('\n') || ran.stderr, 6),
      'It needs g++ with C++17, make, and the headers of Node (found beside it, else downloaded from nodejs.org).',
    );
    throw spaceOr(ran.stderr, failed);
  }
  await mkdir(dirname(addonFile(tfjsNode)), { recursive: true });
  await rename(built, addonFile(tfjsNode));
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
