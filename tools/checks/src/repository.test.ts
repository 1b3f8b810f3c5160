import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './workspaces.mjs';

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);

/** Texts of the tracked files; binary files and files deleted in the working tree are left out. */
const texts = tracked
  .filter((path) => existsSync(join(root, path)))
  .map((path) => ({ path, bytes: readFileSync(join(root, path)) }))
  .filter(({ bytes }) => !bytes.subarray(0, 8192).includes(0))
  .map(({ path, bytes }) => ({ path, text: bytes.toString('utf8') }));

/** Each is put together from pieces, so that this file does not match itself. */
const forbidden: [what: string, pattern: RegExp][] = [
  ['a path of one machine', new RegExp(`(^|[^A-Za-z0-9_.])/(${['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me'].join('|')})/`)],
  ['a temporary path', new RegExp(`(^|[^A-Za-z0-9_.])/${'tm' + 'p'}/`)],
  ['the host of a package registry', new RegExp(['registry\\.npm' + 'js', 'files\\.python' + 'hosted'].join('|'))],
  ['a resolved registry address', new RegExp(`"resol${'ved'}": "http`)],
  ['a conflict marker', new RegExp(`^(${'<'.repeat(7)}|${'>'.repeat(7)}) `, 'm')],
];

it.each(forbidden)('holds nowhere %s', (_, pattern) => {
  const found = texts.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

it('keeps files small enough for a repository', () => {
  const sizes = tracked
    .filter((path) => existsSync(join(root, path)))
    .map((path) => [path, readFileSync(join(root, path)).length]);
  const most = (path: string | number | undefined) =>
    /^packages\/models\/\w+\/model\.safetensors$/.test(String(path)) ? 6_000_000 : 1_000_000;
  expect(sizes.filter(([path, size]) => Number(size) > most(path))).toEqual([]);
});
