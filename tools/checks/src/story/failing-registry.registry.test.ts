import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from '../sources.js';
import { root } from '../workspaces.mjs';
import { person, type Person } from './person.js';

/** Every file below a folder, with what it holds. */
function filesIn(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const paths = found.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

/* What somebody has installed and packed outlives a registry that does not do its part. */

describe('a registry that fails', { timeout: 300_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'adapterfusion-failing-'));
  const server = createServer((request, response) => {
    // Said at once, before the body has come: nobody waits for it.
    request.resume();
    response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"error":"not today"}');
  });
  let status = 500;
  let one: Person;
  let url = '';
  const without = ['--fetch-retries=0', '--prefer-offline=false', '--cache', join(scratch, 'cache')];

  beforeAll(async () => {
    requireBuild();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    one = person(join(scratch, 'one'), { url, stop: () => undefined }, join(root, 'packages/cli/bin.js'));
    for (const place of ['node_modules/@b/method', 'packed'])
      cpSync(join(root, 'packages/cli/fixtures/method'), join(one.folder, place), { recursive: true });
  });
  afterAll(() => {
    server.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each([
    ['401', 'E401'],
    ['404', 'E404'],
    ['500', 'E500'],
    ['no network', 'ECONNREFUSED'],
  ])('%s: nothing is published, nothing installed, nothing lost', async (what, says) => {
    const before = filesIn(one.folder);
    status = Number(what);
    const away = what === 'no network' ? ['--registry', 'http://127.0.0.1:1/', '--//127.0.0.1:1/:_authToken=x'] : [];
    for (const doing of [
      ['publish', './packed'],
      ['install', '@c/third'],
    ]) {
      const { code, stderr } = await one.npm(...doing, ...without, ...away);
      expect([doing[0], code === 0, stderr]).toEqual([doing[0], false, expect.stringContaining(says)]);
    }
    expect(filesIn(one.folder)).toEqual(before);
    expect(readdirSync(join(one.folder, 'node_modules/@b'))).toEqual(['method']);
  });

  it('what was there before is found as before', async () => {
    const { code, stdout } = await one.adapterfusion('list');
    expect([code, stdout]).toEqual([0, expect.stringContaining('@b/method@1.0.0: adapter scale_shift\n')]);
  });
});
