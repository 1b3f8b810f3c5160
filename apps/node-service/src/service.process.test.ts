import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fuse, load, train, type Input, type LoadedModel, type Prediction, type RunEvent } from 'adapterfusion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows, writeEncoder } from '../../../packages/adapterfusion/src/tiny.spec.js';
import { Queue } from './queue.js';
import { createService } from './service.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-service-'));
const at = (name: string): string => join(folder, name);
const INPUTS: Input[] = [
  'apple pear plum',
  { text: 'hammer saw drill wrench', pair: 'we see the house' },
  { text: 'grape melon' },
  { text: 'we see the table', pair: 'pliers level clamp file plane' },
];

/** A service in a process of its own. */
class Service {
  output = { stdout: '', stderr: '' };
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly #listening: Promise<string>;

  constructor(...args: string[]) {
    if (!existsSync(MAIN)) throw new Error('apps/node-service is not built: run "npx tsc --build apps/node-service"');
    const { DEBUG: _, ...env } = process.env;
    this.child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
    this.#listening = new Promise((resolve, reject) => {
      this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        const address = /^listening on (http:\S+:\d+)\n/m.exec((this.output.stdout += text));
        if (address) resolve(address[1]!);
      });
      void this.ended.then((code) => reject(new Error(`ended with ${code}: ${this.output.stderr}`)));
    });
    this.#listening.catch(() => {});
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.output.stderr += text));
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${await this.#listening}${path}`, init);
  }

  async post(body: unknown, init: RequestInit = {}): Promise<Response> {
    return this.fetch('/predict', { method: 'POST', body: JSON.stringify(body), ...init });
  }

  async predict(body: object): Promise<Prediction[]> {
    const response = await this.post(body);
    const { predictions, error } = (await response.json()) as { predictions: Prediction[]; error?: object };
    expect(error).toBeUndefined();
    return predictions;
  }

  async health(): Promise<Record<string, unknown>> {
    return (await (await this.fetch('/health')).json()) as Record<string, unknown>;
  }

  /** Waits until inputs wait, so that the service is at work. */
  async busy(): Promise<void> {
    while (Number((await this.health())['queued']) === 0);
  }
}

const start = (...more: string[]): Service =>
  new Service('--setup', at('fused'), '--model', at('encoder'), '--backend', 'wasm', '--port', '0', ...more);

/** The same labels; numbers equal but for the rounding of rows that share a batch with longer ones. */
function expectEqual(got: readonly Prediction[], wanted: readonly Prediction[]): void {
  const numbers = ({ scores, attention = {} }: Prediction) =>
    [Object.values(scores), ...Object.values(attention)].flat();
  expect(got.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label));
  for (const [index, each] of got.entries()) {
    expect(Object.keys(each)).toEqual(Object.keys(wanted[index]!));
    const expected = numbers(wanted[index]!);
    expect(numbers(each)).toHaveLength(expected.length);
    numbers(each).forEach((value, place) => expect(value).toBeCloseTo(expected[place]!, 5));
  }
}

let model: LoadedModel;
let batches = 0;
const running: Service[] = [];
let service: Service;

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('first.tsv'), rows(80, 3));
  writeFileSync(at('second.tsv'), rows(80, 4, true));
  const common = { model: at('encoder'), backend: 'wasm' as const, head: { pooling: 'mean' } };
  const settings = { epochs: 4, batchSize: 8, learningRate: 1e-2 };
  const done = async (run: AsyncIterable<RunEvent>): Promise<void> => {
    for await (const event of run) if (event.type === 'done') expect(event.interrupted).toBe(false);
  };
  for (const name of ['first', 'second'])
    await done(train({ ...common, settings, data: at(`${name}.tsv`), out: at(name), name }));
  const adapters = [at('first'), at('second')];
  await done(
    fuse({
      ...common,
      settings,
      data: at('first.tsv'),
      out: at('fused'),
      adapters,
      fusion: 'attention',
      compare: false,
    }),
  );
  const onProgress = ({ stage }: { stage: string }): number => (stage === 'predict' ? batches++ : 0);
  model = await load(at('fused'), { model: at('encoder'), backend: 'wasm', onProgress });
  service = start();
  running.push(service);
});

afterAll(() => {
  for (const { child } of running) child.kill('SIGKILL');
  model?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('the service', () => {
  it('says how it is', async () => {
    const { labels, composition } = model;
    expect(await service.health()).toEqual({ status: 'ok', backend: 'wasm', labels, composition, queued: 0 });
    expect(labels).toEqual(['fruit', 'tool']);
  });

  it.each([{}, { attention: true }, { mask: ['second'] }, { skip: [0], attention: true }])(
    'predicts what load().predict predicts: %j',
    async (options) => {
      expectEqual(await service.predict({ inputs: INPUTS, ...options }), await model.predict(INPUTS, options));
    },
  );

  it('answers each of 20 requests at once with its own predictions, in order', async () => {
    const requests = Array.from({ length: 20 }, (_, index) => ({
      inputs: rows(3 + (index % 5), index)
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t'))
        .map(([text, pair]) => ({ text: text!, pair: pair! })),
      ...(index % 3 === 0 ? { attention: true } : {}),
      ...(index % 4 === 0 ? { mask: ['first'] } : {}),
    }));
    const answers = await Promise.all(requests.map((request) => service.predict(request)));
    for (const [index, { inputs, ...options }] of requests.entries())
      expectEqual(answers[index]!, await model.predict(inputs, options));
  });

  it.each<[name: string, path: string, init: RequestInit, status: number, code: string, says: string]>([
    ['a path that is not there', '/', {}, 404, 'NOT_FOUND', '/predict'],
    ['a wrong method', '/predict', {}, 405, 'METHOD_NOT_ALLOWED', 'POST'],
    ['another wrong method', '/health?x', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED', 'GET'],
    ['a body over 1 MB', '/predict', { body: `{"inputs":["${'a'.repeat(1e6)}"]}` }, 413, 'TOO_LARGE', '1000000'],
    ['too many inputs', '/predict', { body: `{"inputs":["a"${',"a"'.repeat(10_000)}]}` }, 503, 'BUSY', 'later'],
    ['no JSON', '/predict', { body: '{"inputs":' }, 400, 'DATA_INVALID', 'body: expected a JSON object'],
    ['no UTF-8', '/predict', { body: Buffer.from('{"inputs":["é"]}', 'latin1') }, 400, 'DATA_INVALID', 'body'],
    ['deep JSON', '/predict', { body: '['.repeat(5e5) + ']'.repeat(5e5) }, 400, 'DATA_INVALID', 'body'],
    ['no inputs', '/predict', { body: '{}' }, 400, 'DATA_INVALID', 'inputs: expected a list'],
    ['an empty list', '/predict', { body: '{"inputs":[]}' }, 400, 'DATA_INVALID', 'inputs: expected a list'],
    ['an empty text', '/predict', { body: '{"inputs":["a"," "]}' }, 400, 'DATA_INVALID', 'inputs[1]'],
    ['a number', '/predict', { body: '{"inputs":[{"text":7}]}' }, 400, 'DATA_INVALID', 'got { text: 7 }'],
    ['a pair that is none', '/predict', { body: '{"inputs":[{"text":"a","pair":[]}]}' }, 400, 'DATA_INVALID', '[0]'],
    ['an unknown option', '/predict', { body: '{"inputs":["a"],"masks":[]}' }, 400, 'OPTIONS_INVALID', 'masks'],
    ['a wrong attention', '/predict', { body: '{"inputs":["a"],"attention":1}' }, 400, 'OPTIONS_INVALID', 'attention'],
    ['a wrong mask', '/predict', { body: '{"inputs":["a"],"mask":"first"}' }, 400, 'OPTIONS_INVALID', 'mask'],
    ['a wrong skip', '/predict', { body: '{"inputs":["a"],"skip":["0"]}' }, 400, 'OPTIONS_INVALID', 'skip'],
    ['an unknown name', '/predict', { body: '{"inputs":["a"],"mask":["x"]}' }, 400, 'COMPOSITION_INVALID', 'x'],
    [
      'a mask of all',
      '/predict',
      { body: '{"inputs":["a"],"mask":["first","second"]}' },
      400,
      'COMPOSITION_INVALID',
      'mask',
    ],
    ['an unknown layer', '/predict', { body: '{"inputs":["a"],"skip":[2]}' }, 400, 'OPTIONS_INVALID', 'from 0 to 1'],
  ])('refuses %s, and goes on', async (_, path, init, status, code, says) => {
    const response = await service.fetch(path, init.body === undefined ? init : { method: 'POST', ...init });
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect([response.status, error.code]).toEqual([status, code]);
    expect(error.message).toContain(says);
    expect(await service.predict({ inputs: ['apple'] })).toHaveLength(1);
  });

  it('writes nothing but its address', () => {
    expect(service.output).toEqual({ stdout: expect.stringMatching(/^listening on \S+\n$/), stderr: '' });
  });
});

describe('the queue', () => {
  it('merges what waits with equal options, up to the largest batch', async () => {
    const queue = new Queue(model, 8);
    batches = 0;
    const one = Array.from({ length: 20 }, () => queue.predict(['apple'], {}));
    expect(queue.size).toBe(19);
    await Promise.all(one);
    expect(batches).toBe(4); // 1, then 8, 8, 3
    batches = 0;
    await Promise.all(
      [{}, { attention: true }, {}, { attention: true }].map((o) => queue.predict(['apple', 'saw'], o)),
    );
    expect(batches).toBe(3); // what came first alone, then one for each choice
  });

  it('drops what nobody waits for, and one refusal does not stop it', async () => {
    const queue = new Queue(model, 2);
    batches = 0;
    let gone = false;
    void queue.predict(Array<string>(50).fill('apple'), {}, () => gone);
    const refused = queue.predict(['apple'], { skip: [9] });
    const last = queue.predict(['hammer saw drill'], {});
    gone = true;
    await expect(refused).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expectEqual(await last, await model.predict(['hammer saw drill']));
    await queue.idle;
    expect(queue.size).toBe(0);
    expect(batches).toBe(3); // the batch that ran already, the last one, and the comparison
  });
});

describe('the end', () => {
  const inputs = Array.from({ length: 30 }, (_, index) => INPUTS[index % INPUTS.length]!);

  it.each(['SIGINT', 'SIGTERM'] as const)('%s: finishes what is queued, then exits with 0', async (signal) => {
    const other = start('--max-batch', '4');
    running.push(other);
    const answers = Array.from({ length: 20 }, () => other.predict({ inputs }));
    await other.busy();
    other.child.kill(signal);
    const wanted = await model.predict(inputs);
    for (const answer of await Promise.all(answers)) expectEqual(answer, wanted);
    expect(await other.ended).toBe(0);
    expect(other.output.stderr).toBe('');
    await expect(other.fetch('/health')).rejects.toThrow();
  });

  it('drops the work of clients that are gone, and ends while they go', async () => {
    const other = start('--max-batch', '1');
    running.push(other);
    const lose = async (): Promise<void> => {
      const controller = new AbortController();
      const lost = other.post({ inputs: Array<string>(5000).fill('apple') }, { signal: controller.signal });
      await other.busy();
      controller.abort();
      await expect(lost).rejects.toThrow('abort');
    };
    await lose();
    const seen = [Infinity];
    while (seen.at(-1)! > 0) seen.push(Number((await other.health())['queued']));
    expect(seen.at(-2)).toBeGreaterThan(1000);
    await lose();
    other.child.kill('SIGTERM');
    expect(await other.ended).toBe(0);
    expect(other.output.stderr).toBe('');
  });
});

it('close waits for the batch that runs, even when its client is gone, before it disposes', async () => {
  const own = await load(at('fused'), { model: at('encoder'), backend: 'wasm' });
  const seen: string[] = [];
  const controller = new AbortController();
  const predict: LoadedModel['predict'] = async <A extends object>(...args: Parameters<LoadedModel['predict']>) => {
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return own.predict<A>(...args).finally(() => seen.push('predicted'));
  };
  const dispose = (): void => void (seen.push('disposed'), own.dispose());
  const { server, close } = createService({ ...own, predict, dispose }, 32);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify({ inputs: INPUTS });
  const lost = fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body, signal: controller.signal });
  await expect(lost).rejects.toThrow('abort');
  await close();
  expect(seen).toEqual(['predicted', 'disposed']);
});

it('--help prints the options', async () => {
  const asked = new Service('--help');
  expect(await asked.ended).toBe(0);
  expect(asked.output.stdout).toMatch(/--setup BUNDLE .*\[--max-batch 32\]/);
});

describe('a start that fails', () => {
  it.each<[name: string, args: string[], code: string, says: string]>([
    ['no bundle given', [], 'USAGE', '--setup'],
    ['an unknown flag', ['--setup', 'x', '--prot', '1'], 'USAGE', '--prot'],
    ['a port that is none', ['--setup', 'x', '--port', '70000'], 'USAGE', '--port'],
    ['a batch of nothing', ['--setup', 'x', '--max-batch', '0'], 'USAGE', '--max-batch'],
    ['a bundle that is not there', ['--setup', at('missing')], 'FILE_NOT_FOUND', 'missing'],
    ['an unknown backend', ['--setup', at('fused'), '--backend', 'gpu'], 'BACKEND_UNAVAILABLE', 'gpu'],
    ['another encoder', ['--setup', at('fused'), '--model', at('other')], 'BACKBONE_MISMATCH', 'fused'],
  ])('%s', async (_, args, code, says) => {
    if (code === 'BACKBONE_MISMATCH') writeEncoder(at('other'), 2);
    // What is given twice counts as given last.
    const failed = new Service('--backend', 'wasm', '--model', at('encoder'), ...args);
    expect(await failed.ended).toBe(1);
    expect(failed.output.stdout).toBe('');
    const lines = failed.output.stderr.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(new RegExp(`^error ${code}: .*${says}`));
    expect(lines[1]).toBe(`see docs/errors.md#${code.toLowerCase()}`);
  });

  it('a port that is taken', async () => {
    const { port } = new URL((await service.fetch('/health')).url);
    const failed = start('--port', port);
    expect(await failed.ended).toBe(1);
    expect(failed.output.stderr).toMatch(/^error USAGE: .*EADDRINUSE.*\nsee docs\/errors.md#usage\n$/);
  });
});
