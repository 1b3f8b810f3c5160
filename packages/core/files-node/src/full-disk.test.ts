import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { nodeFiles } from './index.js';

const root = mkdtempSync(join(tmpdir(), 'files-node-disk-'));
const mounted = mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', root);
const files = nodeFiles();

function mount(...args: string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (mounted) execFileSync('umount', [root]);
  rmSync(root, { recursive: true, force: true });
});

it.skipIf(!mounted)(
  'a full or read-only disk leaves the old bytes (skipped where a small disk cannot be mounted)',
  async () => {
    const small = new Uint8Array(1000).fill(1);
    const large = new Uint8Array(1_000_000);
    const [file, folder] = [join(root, 'file'), join(root, 'folder')];
    await files.write(file, small);
    await files.writeFolder(folder, new Map([['a', small]]));
    const failsWith = async (words: string) => {
      const failure = { code: 'FILE_WRITE_FAILED', message: expect.stringContaining(words) as string };
      await expect(files.write(file, large)).rejects.toMatchObject(failure);
      const replaced = files.writeFolder(
        folder,
        new Map([
          ['a', small],
          ['b', large],
        ]),
        { replace: true },
      );
      await expect(replaced).rejects.toMatchObject(failure);
      await expect(files.writeFolder(join(root, 'x', 'y'), new Map([['b', large]]))).rejects.toMatchObject(failure);
      expect(readdirSync(root)).toEqual(['file', 'folder']);
      expect(readdirSync(folder)).toEqual(['a']);
      expect(new Uint8Array(readFileSync(file))).toEqual(small);
    };
    await failsWith('a full disk');
    expect(mount('-o', 'remount,ro', root)).toBe(true);
    await failsWith('a read-only file system');
  },
);
