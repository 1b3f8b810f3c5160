import { expect, it } from 'vitest';
import { commandLine } from './shell.js';

it('a command can be typed as it is printed', () => {
  expect(commandLine(['train', '--adapter', 'seq_bn[a=1]', "it's"])).toBe(
    "npx adapterfusion train --adapter 'seq_bn[a=1]' 'it'\\''s'",
  );
});
