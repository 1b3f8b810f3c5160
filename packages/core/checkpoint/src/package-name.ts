import { AdapterFusionError } from '@adapterfusion/contracts';

/** Names that npm keeps for itself, and some of Node's own modules, which it refuses too. */
const RESERVED = [
  ...['node_modules', 'favicon.ico', 'assert', 'buffer', 'child_process', 'cluster', 'console', 'constants', 'crypto'],
  ...['dgram', 'dns', 'domain', 'events', 'fs', 'http', 'http2', 'https', 'module', 'net', 'os', 'path', 'perf_hooks'],
  ...['process', 'punycode', 'querystring', 'readline', 'repl', 'stream', 'string_decoder', 'sys', 'timers', 'tls'],
  ...['tty', 'url', 'util', 'v8', 'vm', 'wasi', 'worker_threads', 'zlib', 'async_hooks', 'inspector', 'trace_events'],
];

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/**
 * A name under which npm publishes a package: lower case, digits, `-`, `_`, `.`, `~`, at most 214 characters, neither `.` nor
 * `_` in front, none of Node's own modules; in a scope (`@me/…`) where one likes.
 * @throws NAME_INVALID
 */
export function checkPackageName(name: string): string {
  if (isPackageName(name)) return name;
  const lower = name.toLowerCase();
  throw new AdapterFusionError('NAME_INVALID', {
    expected:
      'a name that npm takes: lower case, digits, "-", "_" and ".", at most 214 characters, as in "@me/my-adapter"',
    got: RESERVED.includes(name) ? `"${name}", which npm refuses` : JSON.stringify(name.slice(0, 80)),
    fix: lower !== name && isPackageName(lower) ? `Write "${lower}".` : 'Choose another name.',
  });
}

export function isPackageName(name: string): boolean {
  return name.length <= 214 && NAME.test(name) && !RESERVED.includes(name);
}
