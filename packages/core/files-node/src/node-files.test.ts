import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { closeSync, openSync, readSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from './index.js';
import { joinPaths } from './paths.js';
import { beside, cleanStale } from './temporary.js';

const files = nodeFiles();
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (path: string) => readFileSync(path, 'utf8');
const coded = (code: string, message = '') => ({ code, message: expect.stringContaining(message) as string });

/** A process number that is surely free: that of a process that has ended. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }));
}

/** A temporary name as a killed process would have left it. */
function leftover(place: string, role: 'new' | 'old', pid = deadPid()): string {
  return beside(place, role).replace(`-${process.pid}-`, `-${pid}-`);
}

let root = '';
beforeEach(() => void (root = realpathSync(mkdtempSync(join(tmpdir(), 'files-node-')))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('reading', () => {
  it('reads, lists in order and tells kinds', async () => {
    mkdirSync(join(root, 'b'));
    writeFileSync(join(root, 'a.txt'), 'ä');
    expect(new TextDecoder().decode(await files.read(join(root, 'a.txt')))).toBe('ä');
    expect(await files.list(root)).toEqual(['a.txt', 'b']);
    expect(await files.kind(join(root, 'a.txt'))).toBe('file');
    expect(await files.kind(join(root, 'b'))).toBe('folder');
    expect(await files.kind(join(root, 'c'))).toBeUndefined();
    expect(await files.kind(join(root, 'a.txt', 'c'))).toBeUndefined();
  });

  it.skipIf(!existsSync('/proc/version'))('reads a file that does not say its size', async () => {
    const read = await files.read('/proc/version');
    expect(Object.getPrototypeOf(read)).toBe(Uint8Array.prototype);
    expect(new TextDecoder().decode(read)).toBe(text('/proc/version'));
  });

  it('says what is missing or of another kind', async () => {
    writeFileSync(join(root, 'a.txt'), '');
    const missing = join(root, 'x', 'y');
    await expect(files.read(missing)).rejects.toMatchObject(
      coded('FILE_NOT_FOUND', `${missing}: expected a file; got none`),
    );
    await expect(files.read(root)).rejects.toMatchObject(coded('FILE_NOT_FOUND', 'expected a file; got a folder'));
    await expect(files.list(missing)).rejects.toMatchObject(coded('FILE_NOT_FOUND', 'expected a folder; got none'));
    await expect(files.list(join(root, 'a.txt'))).rejects.toMatchObject(coded('FILE_NOT_FOUND', 'expected a folder'));
  });
});

describe('write', () => {
  it('replaces a file, keeps its permissions and leaves nothing beside it', async () => {
    const path = join(root, 'a.txt');
    writeFileSync(path, 'old', { mode: 0o600 });
    await files.write(path, bytes('new'));
    expect(text(path)).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(root)).toEqual(['a.txt']);
  });

  it('makes the folders above and removes them when it fails', async () => {
    await files.write(join(root, 'x', 'y', 'a.txt'), bytes('1'));
    expect(text(join(root, 'x', 'y', 'a.txt'))).toBe('1');
    const tooLong = join(root, 'p', 'q', 'n'.repeat(300));
    await expect(files.write(tooLong, bytes('1'))).rejects.toMatchObject(
      coded('FILE_WRITE_FAILED', 'a name that is too long'),
    );
    expect(readdirSync(root)).toEqual(['x']);
  });

  it('follows a link', async () => {
    writeFileSync(join(root, 'real'), 'old');
    symlinkSync(join(root, 'real'), join(root, 'link'));
    await files.write(join(root, 'link'), bytes('new'));
    expect(text(join(root, 'real'))).toBe('new');
    expect(realpathSync(join(root, 'link'))).toBe(join(root, 'real'));
  });

  it('writes to a pipe without replacing it', async () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, 'r+');
    await files.write(pipe, bytes('through'));
    expect(statSync(pipe).isFIFO()).toBe(true);
    const received = Buffer.alloc(7);
    readSync(reader, received);
    closeSync(reader);
    expect(received.toString()).toBe('through');
  });

  it('refuses the place of a folder and a place under a file', async () => {
    mkdirSync(join(root, 'd'));
    writeFileSync(join(root, 'f'), 'f');
    await expect(files.write(join(root, 'd'), bytes(''))).rejects.toMatchObject(
      coded('FILE_WRITE_FAILED', 'got a folder'),
    );
    await expect(files.write(join(root, 'f', 'x'), bytes(''))).rejects.toMatchObject(coded('FILE_WRITE_FAILED'));
    expect(readdirSync(root)).toEqual(['d', 'f']);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'says that permission is missing (skipped unless root can become another user)',
    async () => {
      writeFileSync(join(root, 'a.txt'), 'old');
      chmodSync(root, 0o755);
      process.seteuid!(65534);
      try {
        const failure = coded('FILE_WRITE_FAILED', 'got no permission');
        await expect(files.write(join(root, 'a.txt'), bytes('new'))).rejects.toMatchObject(failure);
        await expect(files.writeFolder(join(root, 'd'), new Map())).rejects.toMatchObject(failure);
        await expect(files.remove(join(root, 'a.txt'))).rejects.toMatchObject(failure);
      } finally {
        process.seteuid!(0);
      }
      expect(text(join(root, 'a.txt'))).toBe('old');
    },
  );
});

describe('writeFolder', () => {
  const two = new Map([
    ['a.txt', bytes('a')],
    ['deep/er/b.txt', bytes('b')],
  ]);

  it('writes every file, also in folders below', async () => {
    await files.writeFolder(join(root, 'x', 'out'), two);
    expect(text(join(root, 'x', 'out', 'deep', 'er', 'b.txt'))).toBe('b');
    expect(readdirSync(join(root, 'x'))).toEqual(['out']);
  });

  it('refuses a taken place unless it may replace it', async () => {
    const out = join(root, 'out');
    await files.writeFolder(out, two);
    const other = new Map([['c.txt', bytes('c')]]);
    await expect(files.writeFolder(out, other)).rejects.toMatchObject(
      coded('FILE_EXISTS', `${out}: expected a free place`),
    );
    expect(readdirSync(out)).toEqual(['a.txt', 'deep']);
    await files.writeFolder(out, other, { replace: true });
    expect(readdirSync(out)).toEqual(['c.txt']);
    expect(readdirSync(root)).toEqual(['out']);
  });

  it('never replaces a file', async () => {
    writeFileSync(join(root, 'out'), 'mine');
    const run = files.writeFolder(join(root, 'out'), two, { replace: true });
    await expect(run).rejects.toMatchObject(coded('FILE_EXISTS', 'got a file'));
    expect(text(join(root, 'out'))).toBe('mine');
  });

  it('leaves the old folder untouched when a file cannot be written', async () => {
    const out = join(root, 'out');
    await files.writeFolder(out, two);
    const bad = new Map([...two, ['n'.repeat(300), bytes('')]]);
    await expect(files.writeFolder(out, bad, { replace: true })).rejects.toMatchObject(coded('FILE_WRITE_FAILED'));
    expect(text(join(out, 'a.txt'))).toBe('a');
    expect(readdirSync(root)).toEqual(['out']);
  });

  it.each(['../x', '/x', 'a/../../x', '', 'a\\b'])('refuses the name %j', async (name) => {
    await expect(files.writeFolder(join(root, 'out'), new Map([[name, bytes('')]]))).rejects.toThrow(TypeError);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('remove', () => {
  it('removes a file or folder, and nothing where there is none', async () => {
    await files.writeFolder(join(root, 'd'), new Map([['a/b', bytes('')]]));
    await files.write(join(root, 'f'), bytes(''));
    for (const name of ['d', 'f', 'none', 'no/ne']) await files.remove(join(root, name));
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('what a killed process left', () => {
  it('is not listed, and cleaned up by the next write to the folder', async () => {
    writeFileSync(leftover(join(root, 'a'), 'new'), 'half');
    mkdirSync(leftover(join(root, 'd'), 'new'));
    expect(await files.list(root)).toEqual([]);
    await files.write(join(root, 'b'), bytes('b'));
    expect(readdirSync(root)).toEqual(['b']);
  });

  it('is put back by a reader when it was moved aside and its place is empty', async () => {
    const out = join(root, 'out');
    const moveAside = () => {
      const aside = leftover(out, 'old');
      mkdirSync(join(aside, 'deep'), { recursive: true });
      writeFileSync(join(aside, 'deep', 'a'), 'old');
    };
    moveAside();
    expect(new TextDecoder().decode(await files.read(join(out, 'deep', 'a')))).toBe('old');
    rmSync(out, { recursive: true });
    moveAside();
    expect(await files.kind(out)).toBe('folder');
    rmSync(out, { recursive: true });
    moveAside();
    expect(await files.list(out)).toEqual(['deep']);
    rmSync(out, { recursive: true });
    moveAside();
    await expect(files.writeFolder(out, new Map())).rejects.toMatchObject(coded('FILE_EXISTS'));
    expect(readdirSync(root)).toEqual(['out']);
    rmSync(out, { recursive: true });
    moveAside();
    await files.write(join(out, 'b'), bytes('b'));
    expect(readdirSync(out)).toEqual(['b', 'deep']);
  });

  it('does not come back once the place was filled or removed', async () => {
    const out = join(root, 'out');
    mkdirSync(out);
    mkdirSync(leftover(out, 'old'));
    await files.remove(out);
    expect(await files.kind(out)).toBeUndefined();
    expect(readdirSync(root)).toEqual([]);
  });

  it('is told from what living processes are at', async () => {
    const alive = [beside(join(root, 'mine'), 'new'), leftover(join(root, 'init'), 'new', 1)];
    const elsewhere = leftover(join(root, 'far'), 'new').replace(/\.[0-9a-f]{8}-/, '.00000000-');
    for (const path of [...alive, elsewhere]) writeFileSync(path, '');
    utimesSync(elsewhere, 0, 0);
    await cleanStale(root);
    expect(readdirSync(root).length).toBe(3);
  });
});

describe('join', () => {
  it('gives paths with /', () => {
    expect(files.join('a', '', 'b/../c', 'd')).toBe('a/c/d');
    expect(files.join('/a', 'b')).toBe('/a/b');
    expect(joinPaths(['C:\\x', 'y\\z', 'w'], true)).toBe('C:/x/y/z/w');
    expect(joinPaths(['\\\\server\\share', 'y'], true)).toBe('//server/share/y');
    expect(joinPaths(['a\\b', 'c'], false)).toBe('a\\b/c');
  });
});
