import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// eslint-disable-next-line @nx/enforce-module-boundaries -- an encoder and rows, as the tests of the API have them
import { tinyTask } from '../../../adapterfusion/src/memory.spec.js';
import { lackOfChromium } from './chromium.js';
import type { HubOutcome } from './pages/hub.page.js';
import { useSite } from './site.spec.js';

const COMMIT = 'd'.repeat(40);
const weights = new Uint8Array(3_000_000).map((_, at) => (at * 7) % 251);
const tiny = tinyTask().held;
const below = (folder: string) =>
  Object.fromEntries(
    [...tiny].flatMap(([path, bytes]) => (path.startsWith(folder) ? [[path.slice(folder.length), bytes]] : [])),
  );
const repositories: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  'models/org/large': { 'config.json': Buffer.from('{}'), 'model.safetensors': weights },
  'models/org/tiny': below('encoder/'),
  'datasets/org/things': { 'fruit/train.tsv': tiny.get('rows.tsv')! },
};

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'the hub in Chromium', () => {
  const site = useSite(['hub']);
  const asked: { readonly url: string; readonly range: string | undefined; readonly token: string | undefined }[] = [];
  let server: Server;
  beforeAll(async () => {
    const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, range' };
    server = createServer((request, response) => {
      if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
      const url = decodeURIComponent(request.url ?? '');
      asked.push({ url, range: request.headers.range, token: request.headers.authorization });
      const listed = repositories[/^\/api\/(\w+\/org\/\w+)\/revision\/v1\?/.exec(url)?.[1] ?? ''];
      if (listed) {
        const siblings = Object.entries(listed).map(([rfilename, bytes]) => {
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          return { rfilename, size: bytes.length, blobId: sha256.slice(0, 40), lfs: { sha256 } };
        });
        return void response.writeHead(200, cors).end(JSON.stringify({ sha: COMMIT, siblings }));
      }
      const [, data, id, name] = /^\/(datasets\/)?(org\/\w+)\/resolve\/d{40}\/(.+)$/.exec(url) ?? [];
      const bytes = repositories[`${data ?? 'models/'}${id}`]![name!]!;
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const length = { 'content-length': bytes.length - from };
      response.writeHead(from > 0 ? 206 : 200, { ...cors, ...length });
      // The first time it stops in the middle, until nobody waits for it any more.
      const first = bytes === weights && from === 0;
      if (first) response.write(bytes.subarray(0, 1_500_000));
      else response.end(bytes.subarray(from));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('keeps models and data in Cache Storage, goes on with what was stopped, and needs no network then', async () => {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stopped, whole, again, trained } = await site.run<HubOutcome>('hub', { endpoint });
    expect(stopped.code).toBe('ABORTED');
    expect(stopped.kept).toBeGreaterThan(1_000_000);
    expect(stopped.kept).toBeLessThanOrEqual(1_500_000);
    const sum = weights.reduce((total, byte, at) => (total * 31 + byte * (at % 7)) % 1_000_003, 0);
    expect(whole).toEqual({ sum, size: weights.length, first: stopped.kept, names: ['refs', 'snapshots'] });
    expect(again).toEqual({ names: ['config.json', 'model.safetensors'], part: [...weights.slice(5, 9)] });
    const large = asked.filter(({ url }) => url.includes('large'));
    expect(large.map(({ range }) => range).filter(Boolean)).toEqual([`bytes=${stopped.kept}-`]);
    expect(large).toHaveLength(5);
    expect(large.every(({ token }) => token === 'Bearer hf_x')).toBe(true);
    const model = Object.values(repositories['models/org/tiny']!).reduce((size, bytes) => size + bytes.length, 0);
    expect(trained).toEqual({
      bytes: model,
      label: expect.stringMatching(/weather|animal/) as string,
      offline: 'HUB_UNREACHABLE',
    });
    expect(asked.filter(({ url }) => url.includes('/resolve/') && !url.includes('large'))).toHaveLength(4);
  });
});
