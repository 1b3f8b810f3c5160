import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readTarball } from '@adapterfusion/checkpoint';
import { packAll } from '../pack-all.mjs';
import { root } from '../workspaces.mjs';

/** A registry on the loopback address, for packages of the story; others come from the one that npm is set to. */
export interface Registry {
  readonly url: string;
  stop(): void;
}

/** npm as a user has it: nothing of the test runner's environment or of a script's. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|TEST$|NODE_ENV$)/i.test(name),
  );
  return Object.fromEntries(kept);
}

/** The registry that npm is set to. */
function usualRegistry(): string {
  const options = { encoding: 'utf8', env: cleanEnvironment(), cwd: root } as const;
  return spawnSync('npm', ['config', 'get', 'registry'], options).stdout.trim();
}

/** Why the story cannot be told here, if it cannot. */
export function lackOfRegistry(): string | undefined {
  const options = { env: cleanEnvironment(), cwd: root, stdio: 'ignore' } as const;
  const { status } = spawnSync('npm', ['view', 'semver', 'version', '--fetch-retries=0'], options);
  return status === 0 ? undefined : 'registry of npm not reachable, where the dependencies of others come from';
}

const OURS = ['adapterfusion', '@adapterfusion/*', '@a/*', '@b/*', '@c/*'];

/** Starts verdaccio with an empty store in a folder. @throws Error with its words where it does not start */
export async function startRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const rules = (names: readonly string[], proxy: string): string =>
    names.map((name) => `  '${name}':\n    access: $all\n    publish: $all\n    unpublish: $all\n${proxy}`).join('');
  const config = `storage: ${join(folder, 'storage')}
uplinks:
  usual:
    url: ${usualRegistry()}
    cache: false
    timeout: 60s
packages:
${rules(OURS, '')}${rules(['**'], '    proxy: usual\n')}max_body_size: 100mb
log: { type: stdout, format: pretty, level: warn }
`;
  writeFileSync(join(folder, 'config.yaml'), config);
  const url = `http://127.0.0.1:${port}/`;
  const bin = join(root, 'node_modules/verdaccio/bin/verdaccio');
  const child = spawn(
    process.execPath,
    [bin, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
    {
      cwd: folder,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await answers(`${url}-/ping`, child, () => said);
  return { url, stop: () => void child.kill() };
}

/**
 * Publishes this project's packages, as they are built, without running npm for each.
 * @returns their names, and for each whether it can be imported: weights cannot
 */
export async function publishProject({ url }: Registry, folder: string): Promise<Map<string, boolean>> {
  mkdirSync(folder, { recursive: true });
  const names = new Map<string, boolean>();
  for (const { name, version, filename, integrity, shasum } of packAll(folder)) {
    const data = readFileSync(join(folder, filename));
    const manifest = (await readTarball(data, filename)).get('package.json')!;
    const said = JSON.parse(new TextDecoder().decode(manifest)) as { exports: object };
    names.set(name, '.' in said.exports);
    const file = `${name}-${version}.tgz`;
    const tarball = `${url}${name}/-/${file.split('/').at(-1)}`;
    const body = {
      _id: name,
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...said, _id: `${name}@${version}`, dist: { integrity, shasum, tarball } } },
      _attachments: {
        [file]: { content_type: 'application/octet-stream', data: data.toString('base64'), length: data.length },
      },
    };
    const answer = await fetch(`${url}${name.replace('/', '%2f')}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  }
  return names;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until an address answers. @throws Error when the process ends before, or after a minute */
async function answers(address: string, child: ChildProcess, said: () => string): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 60_000;) {
    if (child.exitCode !== null) throw new Error(`verdaccio ended:\n${said()}`);
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`verdaccio does not answer:\n${said()}`);
}
