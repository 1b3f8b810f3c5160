import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterfusion, eventsOf, scratch, treeOf } from './process.spec.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = scratch();
const ADAPTER = ['--adapter', 'seq_bn[reduction_factor=4,dropout=0.1]'];
const bundle = (name: string) => treeOf(join(folder, name));
const runOn = (backend: string): string[] => [
  ...['train', '--model', 'encoder', '--data', 'rows.tsv', '--backend', backend, ...ADAPTER],
  ...['--epochs', '6', '--batch-size', '4', '--accumulate', '2', '--learning-rate', '1e-3', '--pooling', 'mean'],
  ...['--patience', '4', '--keep', 'best', '--checkpoint-every', '4', '--seed', '7', '--no-compare'],
];
writeEncoder(join(folder, 'encoder'), 1);
writeFileSync(join(folder, 'rows.tsv'), rows(80, 3));

/** Backends are opened before anything is loaded: what this run fails with tells whether there is a native one. */
const { stderr } = await adapterfusion([...runOn('native'), '--model', 'nowhere', '--out', 'nothing'], folder);
const lacks = {
  wasm: undefined,
  native: stderr.includes('BACKEND_UNAVAILABLE')
    ? 'native backend not installed: run `npx adapterfusion native install`'
    : undefined,
};

describe.each(['wasm', 'native'] as const)('%s', (backend) => {
  const RUN = runOn(backend);
  const named = (name: string): string => `${backend}-${name}`;
  describe.skipIf(lacks[backend])(
    lacks[backend] ?? 'a run that is stopped and started again ends with the bytes of one left alone',
    () => {
      beforeAll(async () => {
        expect((await adapterfusion([...RUN, '--out', named('whole')], folder)).code).toBe(0);
      });
      it.each([5, 18, 31])('killed after step %i', async (step) => {
        const run = [...RUN, '--out', named(`killed-${step}`), '--json'];
        const killed = await adapterfusion(run, folder, {
          signal: 'SIGKILL',
          at: new RegExp(`"step":${step},"steps"`),
        });
        expect(killed.signal).toBe('SIGKILL');
        expect(killed.stdout).not.toContain('"type":"done"');
        const again = await adapterfusion(run, folder);
        expect(again.code).toBe(0);
        expect(eventsOf(again).find(({ type }) => type === 'start')).toMatchObject({ resumedAt: expect.any(Number) });
        expect(eventsOf(again).find(({ type }) => type === 'start')!.resumedAt).toBeGreaterThan(0);
        expect(bundle(named(`killed-${step}`))).toEqual(bundle(named('whole')));
      });

      it('Ctrl-C saves a checkpoint, says how to go on and exits with 130', async () => {
        const run = [...RUN, '--out', named('stopped')];
        const stopped = await adapterfusion(run, folder, { signal: 'SIGINT', at: /epoch 2: / });
        expect(stopped).toMatchObject({ code: 130, signal: null, stdout: '' });
        expect(stopped.stderr).toMatch(/^Stopping as soon as this step is done; Ctrl-C again stops at once\.$/m);
        const at = Number(/^Interrupted after step (\d+); a checkpoint is saved\.$/m.exec(stopped.stderr)?.[1]);
        expect(stopped.stderr).toContain(`To go on: npx adapterfusion train --model encoder`);
        const again = await adapterfusion(run, folder);
        expect(again.code).toBe(0);
        expect(again.stderr).toContain(`going on after step ${at}`);
        expect(bundle(named('stopped'))).toEqual(bundle(named('whole')));
      });

      it('Ctrl-C ends what is no training, too, and writes nothing', async () => {
        const inputs = Array.from({ length: 20_000 }, () => '{"text":"apple pear"}\n').join('');
        writeFileSync(join(folder, 'inputs.jsonl'), inputs);
        const predict = [
          'predict',
          '--model',
          'encoder',
          '--backend',
          'wasm',
          '--setup',
          named('whole'),
          '--input',
          'inputs.jsonl',
        ];
        const kill = { signal: 'SIGINT', at: /"stage":"predict","done":\d/ } as const;
        const stopped = await adapterfusion([...predict, '--output', 'out.jsonl', '--json'], folder, kill);
        expect(stopped).toMatchObject({ code: 130, signal: null, stderr: '' });
        expect(stopped.stdout).not.toContain('"predicted"');
        expect(Object.keys(treeOf(folder))).not.toContain('out.jsonl');
      });

      it('full fine-tuning too, also killed while a checkpoint of the whole encoder is written', async () => {
        const rest = RUN.filter((each) => !ADAPTER.includes(each));
        const run = [...rest, '--strategy', 'full', '--epochs', '3', '--checkpoint-every', '1', '--json'];
        expect((await adapterfusion([...run, '--out', named('full')], folder)).code).toBe(0);
        for (const [index, at] of [/"step":7,"steps"/, /"checkpoint","phase":"full","step":22/].entries()) {
          const out = named(`full-${index}`);
          const killed = await adapterfusion([...run, '--out', out], folder, { signal: 'SIGKILL', at });
          expect(killed.signal).toBe('SIGKILL');
          const again = await adapterfusion([...run, '--out', out], folder);
          expect(again.code).toBe(0);
          expect(eventsOf(again).find(({ type }) => type === 'start')!.resumedAt).toBeGreaterThan(5);
          expect(bundle(out)).toEqual(bundle(named('full')));
        }
      });

      it('a fusion too', async () => {
        const fuse = [
          'fuse',
          ...RUN.slice(1).filter((each) => !ADAPTER.includes(each)),
          '--adapters',
          named('whole'),
          `b=${named('whole')}`,
          '--fusion',
          'attention',
        ];
        const run = [...fuse, '--json'];
        expect((await adapterfusion([...run, '--out', named('fused')], folder)).code).toBe(0);
        const kill = { signal: 'SIGKILL', at: /"step":14,"steps"/ } as const;
        expect((await adapterfusion([...run, '--out', named('fused-killed')], folder, kill)).signal).toBe('SIGKILL');
        expect((await adapterfusion([...run, '--out', named('fused-killed')], folder)).code).toBe(0);
        expect(bundle(named('fused-killed'))).toEqual(bundle(named('fused')));
      });
    },
  );
});
