import { definePlugin, parseOptions, type Trainer } from '@adapterfusion/contracts';
import { HEAD_SETTINGS } from './defaults.js';

const trainer: Trainer = {
  defaults: HEAD_SETTINGS,
  async *run(ctx) {
    yield* ctx.loop({
      name: 'head',
      trains: ({ kind, name }) => kind === 'head' && name === ctx.head,
      settings: ctx.settings,
    });
  },
};

/** The head alone trains; backbone, adapters and fusions, where there are any, are frozen. */
export const headOnly = definePlugin<'trainer', Record<string, never>>({
  kind: 'trainer',
  id: 'head',
  packageName: '@adapterfusion/trainer-single-task',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: [] },
  options: (input) => parseOptions({}, input, 'head'),
  create: () => trainer,
});
