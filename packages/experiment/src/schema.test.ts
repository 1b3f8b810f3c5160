import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXPERIMENT_SCHEMA } from './index.js';

it('the published schema is the one in use', () => {
  const published = readFileSync(new URL('../experiment.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(EXPERIMENT_SCHEMA)));
});
