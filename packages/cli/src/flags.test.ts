import { Command } from 'commander';
import { expect, it } from 'vitest';
// eslint-disable-next-line @nx/enforce-module-boundaries -- what the help says is held against what the loop does
import { DEFAULT_SETTINGS } from '../../core/training/src/index.js';
import { withTraining } from './flags.js';

const { options } = withTraining(new Command());

/** These follow what is trained, the rows and the encoder. */
const CHOSEN = ['epochs', 'learningRate'];
const fixed = Object.entries(DEFAULT_SETTINGS).filter(([setting]) => !CHOSEN.includes(setting));

it.each(fixed)('the help of %s names its default, %s', (setting, value) => {
  const help = options.find((option) => option.attributeName() === setting)?.description ?? '';
  const [, said] = /\(default: ([^;)]+)/.exec(help) ?? [];
  expect(typeof value === 'number' ? Number(said) : said).toBe(value);
});
