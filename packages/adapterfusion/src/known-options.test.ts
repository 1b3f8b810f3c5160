import { expect, it } from 'vitest';
import { evaluate, fuse, load, train, type FuseOptions } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const given = { files, backend: 'cpu', model: 'encoder', data: 'rows.tsv', out: 'out' } as const;
const first = (run: AsyncIterator<unknown>): Promise<unknown> => run.next();
const refusal = (at: string, fix: string) => ({
  code: 'OPTIONS_INVALID',
  at,
  message: expect.stringContaining(fix) as string,
});

it('options that are none are refused with the nearest name, or with the place of a setting', async () => {
  const trained = (more: object) => first(train({ ...given, ...more }));
  await expect(trained({ epochs: 1 })).rejects.toMatchObject(refusal('train.epochs', '{ settings: { epochs: … } }'));
  await expect(trained({ adaptor: 'lora' })).rejects.toMatchObject(refusal('train.adaptor', 'Did you mean "adapter"?'));
  await expect(trained({ zzzzzz: 1 })).rejects.toMatchObject(refusal('train.zzzzzz', 'Remove it.'));
  const fused = first(fuse({ ...given, adapters: ['a', 'b'], fussion: 'average' } as FuseOptions));
  await expect(fused).rejects.toMatchObject(refusal('fuse.fussion', '"fusion"'));
  await expect(load('out', { files, epochs: 1 } as object)).rejects.toMatchObject(refusal('load.epochs', 'Remove it.'));
  const evaluated = evaluate('out', { files, data: 'rows.tsv', slpit: 'test' } as never);
  await expect(evaluated).rejects.toMatchObject(refusal('evaluate.slpit', '"split"'));
  expect(files.below('out')).toEqual([]);
});

it('of predict too', async () => {
  for await (const event of train({ ...given, settings: { epochs: 1, checkpointEvery: 0 } })) void event;
  const model = await load('out', { files, backend: 'cpu' });
  const found = model.predict(['sun'], { logit: true } as object);
  await expect(found).rejects.toMatchObject(refusal('predict.logit', '"logits"'));
  model.dispose();
});
