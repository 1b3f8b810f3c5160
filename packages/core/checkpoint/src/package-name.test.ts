import { expect, it } from 'vitest';
import { checkPackageName } from './index.js';

it.each(['x', '@a/x', 'my-adapter', '@me.too/a_b.c~d', 'a'.repeat(214)])('takes %j', (name) => {
  expect(checkPackageName(name)).toBe(name);
});

it.each([
  ...[
    '',
    '.x',
    '_x',
    'My-Adapter',
    'a b',
    'a/b',
    '@a',
    '@a/',
    '@/x',
    '@A/x',
    '@a/b/c',
    '../x',
    'x!',
    'ä',
    'x(1)',
    "x'",
  ],
  ...['node_modules', 'favicon.ico', 'http', 'a'.repeat(215)],
])('refuses %j, which npm refuses', (name) => {
  expect(() => checkPackageName(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
});

it('says how it would be right where only the case is wrong', () => {
  expect(() => checkPackageName('@Me/Adapter')).toThrow('Write "@me/adapter".');
});
