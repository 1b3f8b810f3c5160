import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TFJS_NODE_VERSION } from './cache.js';
import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';

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
