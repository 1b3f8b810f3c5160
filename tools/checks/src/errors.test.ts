import { ERROR_CODES } from '@adapterfusion/contracts';
import { expect, it } from 'vitest';
import { filesUnder, read } from './sources.js';
import { packages } from './workspaces.mjs';

const sections = read('docs/errors.md').split(/^## /m).slice(1);

it('has one heading for every code, in the order of the codes, and none else', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual([...ERROR_CODES]);
});

it.each(sections.map((section) => [section.split('\n')[0], section] as const))('%s says what to do', (_, section) => {
  for (const part of ['**Meaning.**', '**Typical cause.**', '**What to do.**']) expect(section).toContain(part);
});

it.each(ERROR_CODES)('%s is thrown somewhere', (code) => {
  const sources = packages()
    .flatMap(({ dir }) => filesUnder(`${dir}/src`))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('contracts/src/errors.ts'));
  expect(sources.filter((path) => read(path).includes(`'${code}'`)).length).toBeGreaterThan(0);
});
