import { Command } from 'commander';
import { expect, it } from 'vitest';
// eslint-disable-next-line @nx/enforce-module-boundaries -- what the help says is held against what the loop does
import { DEFAULT_SETTINGS } from '../../core/training/src/index.js';
import { trainingOptions, withTraining, type TrainingFlags } from './flags.js';

const { options } = withTraining(new Command());

/** These follow what is trained, the rows and the encoder. */
const CHOSEN = ['epochs', 'learningRate'];
const fixed = Object.entries(DEFAULT_SETTINGS).filter(([setting]) => !CHOSEN.includes(setting));

it.each(fixed)('the help of %s names its default, %s', (setting, value) => {
  const help = options.find((option) => option.attributeName() === setting)?.description ?? '';
  const [, said] = /\(default: ([^;)]+)/.exec(help) ?? [];
  expect(typeof value === 'number' ? Number(said) : said).toBe(value);
});

it('every setting of the loop is passed on from its flag', () => {
  const command = withTraining(new Command());
  const given = ['--data', 'd', '--model', 'm', '--out', 'o'];
  const flags = options
    .filter((option) => option.attributeName() in DEFAULT_SETTINGS)
    .flatMap(({ long, argChoices }) => [long!, argChoices?.at(-1) ?? '1']);
  command.parse([...given, ...flags], { from: 'user' });
  const output = { stage: () => undefined, warn: () => undefined } as unknown as Parameters<typeof trainingOptions>[1];
  const { settings } = trainingOptions(command.opts<TrainingFlags>(), output, new AbortController().signal);
  expect(Object.keys(settings!).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
  expect(settings).toMatchObject({ optimizer: 'sgd', momentum: 1, schedule: 'constant', epochs: 1 });
});
