import { beforeAll, describe, expect, it } from 'vitest';
import { AdapterFusionError, type LoopSettings } from '@adapterfusion/contracts';
import { currentBackend, openBackend } from '@adapterfusion/tensor';
import { memoryFiles } from '../fixtures/memory-files.js';
import { tinyModel, tinyRows, type TinyModel } from '../fixtures/tiny-model.js';
import { FULL, tinyOptions, tinyRun, type Changes } from '../fixtures/tiny-run.js';
import { checkpointStore, trainLoop } from './index.js';

beforeAll(() => openBackend('cpu'));

const code = (code: string, message = /./): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

/** Files with the checkpoints of a run that was left after some steps. */
async function leftAt(step: number) {
  const files = memoryFiles();
  await tinyRun(
    { checkpoint: checkpointStore(files, 'run') },
    (event) => event.type === 'checkpoint' && event.step === step,
  );
  return files;
}

describe('checkpoints', () => {
  it('the newest two of a phase are kept, beside other files', async () => {
    const files = await leftAt(7);
    await files.write('run/notes-00000001.safetensors', new Uint8Array(1));
    await files.write('run/tiny-x.safetensors', new Uint8Array(1));
    for (const step of [99_999_999, 100_000_000])
      await checkpointStore(files, 'run').write('tiny', step, new Uint8Array(1));
    expect((await files.list('run')).filter((name) => /\d/.test(name))).toEqual([
      'notes-00000001.safetensors',
      'tiny-100000000.safetensors',
      'tiny-99999999.safetensors',
    ]);
    const listed = await checkpointStore(files, 'run').list('tiny');
    expect(listed).toEqual(['run/tiny-100000000.safetensors', 'run/tiny-99999999.safetensors']);
    expect(await checkpointStore(files, 'nowhere').list('tiny')).toEqual([]);
  });

  const truncated = (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 5);
  const flipped = (bytes: Uint8Array) => bytes.map((byte, index) => (index === bytes.length - 2 ? byte ^ 1 : byte));
  const restated = (bytes: Uint8Array) => {
    const at = new TextDecoder('latin1').decode(bytes).indexOf('\\"step\\":7') + 9;
    return bytes.map((byte, index) => (index === at ? '3'.charCodeAt(0) : byte));
  };
  it.each([
    ['cut off', truncated],
    ['with a bit flipped in a tensor', flipped],
    ['with another step written in', restated],
    ['empty', () => new Uint8Array(0)],
  ])('a newest one that is %s is passed over with a warning', async (_, damage) => {
    const whole = await tinyRun();
    const files = await leftAt(7);
    const newest = 'run/tiny-00000007.safetensors';
    const before = files.contents.get(newest)!;
    const damaged = damage(before);
    expect(damaged).not.toEqual(before);
    files.contents.set(newest, damaged);
    const warnings: AdapterFusionError[] = [];
    const run = await tinyRun({
      checkpoint: checkpointStore(files, 'run'),
      warn: (warning) => warnings.push(warning),
    });
    expect(run.events[0]).toMatchObject({ type: 'start', resumedAt: 6 });
    expect(run.values).toEqual(whole.values);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.message).toContain(newest);
  });

  it('that are all damaged stop the run: it does not silently start over', async () => {
    const files = await leftAt(3);
    for (const [path, bytes] of files.contents) files.contents.set(path, truncated(bytes));
    await expect(tinyRun({ checkpoint: checkpointStore(files, 'run') })).rejects.toThrow(
      code('CHECKPOINT_INVALID', /2, all of them damaged/),
    );
  });

  it('that are safetensors of another kind or a later layout are not taken', async () => {
    const { writeSafetensors } = await import('@adapterfusion/checkpoint');
    const files = memoryFiles();
    await files.write('run/tiny-00000001.safetensors', writeSafetensors([]));
    const warnings: string[] = [];
    const warn = ({ message }: AdapterFusionError) => void warnings.push(message);
    await expect(tinyRun({ checkpoint: checkpointStore(files, 'run'), warn })).rejects.toThrow(
      code('CHECKPOINT_INVALID'),
    );
    expect(warnings[0]).toMatch(/a checkpoint of a training run/);
  });
});

describe('a checkpoint of another run', () => {
  const settings = (changes: Partial<LoopSettings>): Changes => ({ settings: { ...FULL, ...changes } });
  const rows = tinyRows(26);
  it.each<[string, () => Changes, RegExp]>([
    [
      'another learning rate',
      () => settings({ learningRate: 0.04 }),
      /settings\.learningRate = 0\.05;?.*got settings\.learningRate = 0\.04/,
    ],
    ['another seed', () => settings({ seed: 12 }), /settings\.seed/],
    ['another label', () => ({ rows: [{ ...rows[0]!, target: 2 }, ...rows.slice(1)] }), /rows = /],
    [
      'another token',
      () => ({ rows: [{ ...rows[0]!, group: [{ ...rows[0]!.group[0]!, ids: [1, 2, 3] }] }, ...rows.slice(1)] }),
      /rows = /,
    ],
    [
      'another token type',
      () => ({ rows: [{ ...rows[0]!, group: [{ ...rows[0]!.group[0]!, types: [0, 0, 1] }] }, ...rows.slice(1)] }),
      /rows = /,
    ],
    ['other validation rows', () => ({ validation: tinyRows(8, 40) }), /validation = /],
    [
      'another version',
      () => ({ backend: { ...currentBackend(), version: '0' } }),
      /backend\.version = .*got backend\.version = 0/,
    ],
    [
      'more threads',
      () => ({ backend: { ...currentBackend(), threads: 2 } }),
      /backend\.threads = 1.*got backend\.threads = 2/,
    ],
    ['another backbone', () => ({ identity: 'f00' }), /model = .*got model = f00/],
    ['another metric', () => ({ metrics: ['macro-f1'] }), /metrics = \["accuracy"\]/],
  ])('%s: refused, the model unchanged; taken when forced', async (_, changes, message) => {
    const files = await leftAt(5);
    const checkpoint = checkpointStore(files, 'run');
    await expect(tinyRun({ ...changes(), checkpoint })).rejects.toThrow(code('RESUME_REFUSED', message));
    const forced = await tinyRun({ ...changes(), checkpoint, force: true }, ({ type }) => type === 'start');
    expect(forced.events[0]).toMatchObject({ resumedAt: 5 });
  });

  it('may have been saved at another pace', async () => {
    const files = await leftAt(5);
    const { events } = await tinyRun({
      ...settings({ checkpointEvery: 2 }),
      checkpoint: checkpointStore(files, 'run'),
    });
    expect(events[0]).toMatchObject({ resumedAt: 5 });
  });
});

describe('a device that is lost', () => {
  it('stops the run with its code and the last checkpoint, from which it goes on to the same end', async () => {
    const whole = await tinyRun();
    const files = memoryFiles();
    const lost = new AdapterFusionError('BACKEND_LOST', {
      at: 'webgpu',
      expected: 'the device that the run began on',
      got: 'a lost one',
      fix: 'Start again.',
    });
    const losing = (after: number): TinyModel => {
      const model = tinyModel();
      let steps = 0;
      return {
        ...model,
        lossAndGradients: (...given) => {
          if (steps++ >= after) throw lost;
          return model.lossAndGradients(...given);
        },
      };
    };
    const checkpoint = checkpointStore(files, 'run');
    const run = async (model: TinyModel): Promise<void> => {
      for await (const event of trainLoop(tinyOptions(model, { checkpoint }))) void event;
    };
    await expect(run(losing(0))).rejects.toThrow(code('BACKEND_LOST', /after step 0 of .*a lost one.*No checkpoint/));
    await expect(run(losing(8))).rejects.toThrow(code('BACKEND_LOST', /run\/tiny-0000000\d\.safetensors: start again/));
    const resumed = await tinyRun({ checkpoint });
    expect(resumed.events[0]!.type === 'start' && resumed.events[0]!.resumedAt).toBeGreaterThan(0);
    expect(resumed.values).toEqual(whole.values);
  });
});
