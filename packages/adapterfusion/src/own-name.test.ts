import { expect, it } from 'vitest';
import { train } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();

it('a folder with the name of an installed task is pointed out where options do not fit', async () => {
  files.set('subj/train.tsv', files.held.get('rows.tsv')!);
  const given = {
    files,
    backend: 'cpu',
    model: 'encoder',
    out: 'out',
    settings: { epochs: 1, checkpointEvery: 0 },
  } as const;
  const run = (data: string) => train({ ...given, data, dataOptions: { text: 'text', validation: 0 } });
  await expect(run('subj').next()).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining('write ./subj') as string,
  });
  files.set('./subj/train.tsv', files.held.get('rows.tsv')!);
  for await (const event of run('./subj')) void event;
  expect(files.below('out')).toContain('adapterfusion.json');
});
