import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
// eslint-disable-next-line @nx/enforce-module-boundaries -- the real file system, in tests only
import { nodeFiles } from '../../../core/files-node/src/index.js';
import { parseHubReference, snapshot, type HubOptions, type HubProgress } from './index.js';

const COMMIT = 'a'.repeat(39) + '1';
const hash = (bytes: Uint8Array, name = 'sha256'): string => createHash(name).update(bytes).digest('hex');
const weights = new Uint8Array(3_000_000).map((_, at) => (at * 7) % 251);
const repository: Record<string, Uint8Array> = {
  'config.json': Buffer.from('{"model_type":"bert"}'),
  'model.safetensors': weights,
  'onnx/model.onnx': Buffer.from('not wanted'),
  'empty.txt': new Uint8Array(),
};

/** What the server does with the next request of a file, in the place of sending it. */
let fault: ((response: ServerResponse, bytes: Uint8Array) => void) | undefined;
let asked: { url: string; range: string | undefined; token: string | undefined }[] = [];
let damaged = false;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = decodeURIComponent(request.url ?? '');
  asked.push({ url, range: request.headers.range, token: request.headers.authorization });
  const status = /^\/(?:api\/models\/)?org\/status-(\d+)/.exec(url)?.[1];
  if (status !== undefined) return void response.writeHead(Number(status)).end('no');
  if (/^\/api\/(models|datasets)\/org\/name\/revision\/(main|v1|a{39}1)\?blobs=true$/.test(url)) {
    const siblings = Object.entries(repository).map(([rfilename, bytes]) => ({
      ...{ rfilename, size: bytes.length, blobId: hash(bytes, 'sha1') },
      ...(bytes.length > 1000 ? { lfs: { sha256: damaged ? 'b'.repeat(64) : hash(bytes), size: bytes.length } } : {}),
    }));
    return void response.end(JSON.stringify({ sha: COMMIT, siblings }));
  }
  const bytes = repository[/^\/(?:datasets\/)?org\/name\/resolve\/a{39}1\/(.+)$/.exec(url)?.[1] ?? ''];
  if (!bytes) return void response.writeHead(404).end();
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = bytes.subarray(from);
  const now = fault;
  if (now) {
    fault = undefined;
    return now(response, rest);
  }
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length }).end(rest);
}

let server: Server;
let folder: string;
let options: HubOptions;
const reference = { type: 'model', id: 'org/name', revision: 'main', folder: '' } as const;
const all = (names: readonly string[]): readonly string[] => names.filter((name) => !name.startsWith('onnx/'));
const repositoryFolder = (): string => join(folder, 'models--org--name');
const breakOff = (after: number) => (response: ServerResponse, bytes: Uint8Array) => {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, after), () => setImmediate(() => response.destroy()));
};

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), 'adapterfusion-hub-'));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  options = { files: nodeFiles(), cache: folder, endpoint };
  [asked, fault, damaged] = [[], undefined, false];
  return () => rmSync(folder, { recursive: true, force: true });
});

describe('references', () => {
  it.each([
    ['bert-base-uncased', { type: 'model', id: 'bert-base-uncased', revision: 'main', folder: '' }],
    ['org/na.me@v1.0', { type: 'model', id: 'org/na.me', revision: 'v1.0', folder: '' }],
    ['org/name@refs/pr/1', { type: 'model', id: 'org/name', revision: 'refs/pr/1', folder: '' }],
    ['hub://org/name@abc', { type: 'model', id: 'org/name', revision: 'abc', folder: '' }],
    ['hub://datasets/org/name@v1/a/b', { type: 'dataset', id: 'org/name', revision: 'v1', folder: 'a/b' }],
    ['hub://datasets/org/name', { type: 'dataset', id: 'org/name', revision: 'main', folder: '' }],
  ])('%s', (text, wanted) => expect(parseHubReference(text)).toEqual(wanted));

  it.each([
    './models/x',
    '/models/x',
    '../x',
    'a/b/c',
    '@org/name',
    'org/name@',
    'org/..',
    'C:\\x',
    '',
    'a b',
    'org/name@../x',
  ])('%j is none', (text) => expect(parseHubReference(text)).toBeUndefined());
});

describe('snapshot', () => {
  it('fetches what is chosen into the standard layout, small files first, and asks for nothing twice', async () => {
    const told: HubProgress[] = [];
    const found = await snapshot(reference, all, { ...options, token: 'hf_x', onProgress: (each) => told.push(each) });
    expect(found).toEqual({ commit: COMMIT, folder: `${repositoryFolder()}/snapshots/${COMMIT}` });
    expect(readdirSync(found.folder).sort()).toEqual(['config.json', 'empty.txt', 'model.safetensors']);
    expect(hash(readFileSync(join(found.folder, 'model.safetensors')))).toBe(hash(weights));
    expect(readFileSync(join(repositoryFolder(), 'refs/main'), 'utf8')).toBe(COMMIT);
    expect(readdirSync(join(repositoryFolder(), 'blobs'))).toEqual([]);
    expect(asked.map(({ url }) => url.split('/').at(-1))).toEqual([
      'main?blobs=true',
      'empty.txt',
      'config.json',
      'model.safetensors',
    ]);
    expect(asked.every(({ token }) => token === 'Bearer hf_x')).toBe(true);
    const last = told.at(-1)!;
    expect(last).toMatchObject({
      file: 'model.safetensors',
      done: weights.length + 21,
      total: weights.length + 21,
      left: 0,
    });
    expect(last.rate).toBeGreaterThan(0);
    expect(told.some(({ left, done }) => left > 0 && done < last.total)).toBe(true);

    asked = [];
    await snapshot(reference, all, options);
    expect(asked.length).toBe(1);
    await snapshot({ ...reference, revision: COMMIT }, all, options);
    await snapshot(reference, all, { ...options, offline: true });
    expect(asked.length).toBe(1);
  });

  it('goes on where an interrupted download stopped; until then nothing is at its place', async () => {
    fault = undefined;
    await snapshot(reference, () => ['config.json', 'empty.txt'], options);
    fault = breakOff(1_500_000);
    await expect(snapshot(reference, all, options)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    const blobs = join(repositoryFolder(), 'blobs');
    const [part] = readdirSync(blobs);
    expect(part).toBe(`${hash(weights)}.incomplete`);
    const kept = readFileSync(join(blobs, part!)).length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(weights.length);
    expect(existsSync(join(repositoryFolder(), 'snapshots', COMMIT, 'model.safetensors'))).toBe(false);
    asked = [];
    const told: number[] = [];
    const { folder: to } = await snapshot(reference, all, { ...options, onProgress: ({ done }) => told.push(done) });
    expect(asked.at(-1)!.range).toBe(`bytes=${kept}-`);
    expect(told[0]).toBe(kept);
    expect(hash(readFileSync(join(to, 'model.safetensors')))).toBe(hash(weights));
  });

  it('starts a file again where the server sends it whole, and where what came is damaged', async () => {
    fault = breakOff(0);
    await snapshot(reference, () => ['config.json'], options).catch(() => undefined);
    fault = breakOff(1_500_000);
    await snapshot(reference, () => ['model.safetensors'], options).catch(() => undefined);
    fault = (response, rest) =>
      response.end(repository['model.safetensors']!.subarray(weights.length - rest.length - 1e9));
    await snapshot(reference, () => ['model.safetensors'], options);
    rmSync(repositoryFolder(), { recursive: true });
    damaged = true;
    await expect(snapshot(reference, () => ['model.safetensors'], options)).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
    });
    expect(existsSync(join(repositoryFolder(), 'snapshots'))).toBe(false);
  });

  it('a signal stops it, and what came is kept', async () => {
    const controller = new AbortController();
    fault = (response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1_500_000));
    };
    const onProgress = ({ done }: HubProgress): void => (done > 0 ? controller.abort() : undefined);
    const given = { ...options, onProgress, signal: controller.signal };
    const run = snapshot(reference, () => ['model.safetensors'], given);
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect(readdirSync(join(repositoryFolder(), 'blobs')).length).toBe(1);
  });

  it.each([
    [401, 'HUB_DENIED', 'HF_TOKEN'],
    [403, 'HUB_DENIED', 'terms'],
    [404, 'HUB_NOT_FOUND', 'revision'],
    [429, 'HUB_FAILED', '429'],
    [500, 'HUB_FAILED', '500'],
  ])('%d is %s, and nothing is written', async (status, code, words) => {
    const run = snapshot({ ...reference, id: `org/status-${status}` }, all, options);
    await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [404, 'HUB_NOT_FOUND'],
    [500, 'HUB_FAILED'],
  ])('%d in the middle leaves no file and no reference', async (status, code) => {
    fault = (response) => response.writeHead(status).end();
    await expect(snapshot(reference, () => ['config.json'], options)).rejects.toMatchObject({ code });
    expect(existsSync(join(repositoryFolder(), 'refs'))).toBe(false);
    expect(existsSync(join(repositoryFolder(), 'snapshots'))).toBe(false);
  });

  it('without network takes the cache, with a warning, or says that nobody answers', async () => {
    const down = { ...options, endpoint: 'http://127.0.0.1:1' };
    await expect(snapshot(reference, all, down)).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    await expect(snapshot(reference, all, { ...down, offline: true })).rejects.toThrow('HF_HUB_OFFLINE');
    await snapshot({ ...reference, revision: 'v1' }, all, options);
    const warnings: string[] = [];
    const found = await snapshot({ ...reference, revision: 'v1' }, all, {
      ...down,
      onWarning: (text) => warnings.push(text),
    });
    expect(found.commit).toBe(COMMIT);
    expect(warnings).toEqual([expect.stringContaining('does not answer')]);
  });

  it('reads data sets by their own route, and refuses names outside the folder', async () => {
    const { folder: to } = await snapshot({ ...reference, type: 'dataset' }, () => ['config.json'], options);
    expect(to).toBe(`${join(folder, 'datasets--org--name')}/snapshots/${COMMIT}`);
    expect(asked.at(-1)!.url).toMatch(/^\/datasets\/org\/name\/resolve\//);
    repository['../evil'] = new Uint8Array([1]);
    const run = snapshot(reference, all, options).finally(() => delete repository['../evil']);
    await expect(run).rejects.toMatchObject({ code: 'HUB_FAILED' });
  });
});
