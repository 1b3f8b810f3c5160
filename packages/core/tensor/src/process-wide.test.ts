import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import './index.js';

it('knows the version of its package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const first = (globalThis as Record<symbol, unknown>)[Symbol.for('adapterfusion.tensor')];
  expect(first).toMatchObject({ packageVersion: version, url: expect.stringMatching(/process-wide/) as string });
});
