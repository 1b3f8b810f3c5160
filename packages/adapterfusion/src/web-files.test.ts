import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webFiles } from './index.js';

describe('webFiles', () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(request.url === '/m/a%20b/config.json' ? 200 : 404).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m/`;
  });
  afterAll(() => void server.close());
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

  it('reads what is named, and says what cannot be had', async () => {
    const files = webFiles(base, ['a b/config.json', 'gone.tsv']);
    expect(text(await files.read('a b/config.json'))).toBe('{}');
    expect(await files.kind('a b')).toBe('folder');
    expect(await files.kind('a b/config.json')).toBe('file');
    expect(await files.kind('a')).toBeUndefined();
    expect(await files.list('a b')).toEqual(['config.json']);
    await expect(files.read('gone.tsv')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', at: 'gone.tsv' });
    await expect(files.read('other')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(files.list('other')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('reads files that the user chose, and addresses that a bundler gave', async () => {
    const chosen = new File(['{"a":1}'], 'adapterfusion.json');
    const files = webFiles(base, { 'x/adapterfusion.json': chosen, 'x/other': `${base}a%20b/config.json`, y: 'gone' });
    expect(text(await files.read('x/adapterfusion.json'))).toBe('{"a":1}');
    expect(text(await files.read('x/other'))).toBe('{}');
    expect(await files.list('x')).toEqual(['adapterfusion.json', 'other']);
    await expect(files.read('y')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', at: 'y' });
    const nowhere = webFiles('http://127.0.0.1:1/', ['x']);
    await expect(nowhere.read('x')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', at: 'x' });
  });

  it('finds packages whose package.json is there', async () => {
    const files = webFiles(base, ['@a/x/package.json', 'node_modules/y/package.json', 'z/weights']);
    expect(await files.packageFolder!('@a/x')).toBe('@a/x');
    expect(await files.packageFolder!('y')).toBe('node_modules/y');
    expect(await files.packageFolder!('z')).toBeUndefined();
  });

  it('keeps what is written, a folder whole', async () => {
    const files = webFiles(base, ['a b/config.json']);
    const bytes = new TextEncoder().encode('new');
    await files.write('a b/config.json', bytes);
    bytes.fill(0);
    expect(text(await files.read('a b/config.json'))).toBe('new');
    const folder = new Map([['x/y', new Uint8Array(1)]]);
    await expect(files.writeFolder('a b', folder)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await files.writeFolder('a b', folder, { replace: true });
    expect(await files.list('a b')).toEqual(['x']);
    expect([...files.written.keys()]).toEqual(['a b/x/y']);
    await files.remove('a b');
    expect(await files.kind('a b')).toBeUndefined();
  });
});
