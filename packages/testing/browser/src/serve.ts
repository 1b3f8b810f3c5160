import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** A folder over HTTP. */
export interface Served {
  readonly url: string;
  /** Bytes sent, by path. */
  readonly sent: ReadonlyMap<string, number>;
  close(): void;
}

/**
 * Serves folders on a free port of the loopback address.
 * @param mounts folders by the path under which they appear
 * @param isolated whether pages are cross-origin isolated, which threads in WebAssembly need
 */
export async function serve(mounts: Readonly<Record<string, string>>, isolated = false): Promise<Served> {
  const sent = new Map<string, number>();
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const mount = Object.keys(mounts).find((prefix) => path.startsWith(prefix));
    const file = mount === undefined ? '' : join(mounts[mount]!, path.slice(mount.length) || 'index.html');
    readFile(file).then(
      (bytes) => {
        sent.set(path, bytes.length);
        response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers });
        response.end(bytes);
      },
      () => {
        response.writeHead(path === '/favicon.ico' ? 204 : 404);
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, sent, close: () => void server.close() };
}
