import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fuse, train, type RunEvent } from 'adapterfusion';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-export-'));
const at = (name: string): string => join(folder, name);
const common = {
  ...({ model: at('encoder'), backend: 'wasm', data: at('rows.tsv') } as const),
  settings: { epochs: 1, learningRate: 1e-2, maxLength: 16 },
};
const drain = async (run: AsyncIterable<RunEvent>): Promise<void> => {
  for await (const _ of run);
};
const flags = ['--model', at('encoder'), '--backend', 'wasm'];
let out: string[] = [];
let errors: string[] = [];

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('rows.tsv'), rows(40, 2));
  for (const name of ['a', 'b']) await drain(train({ ...common, name, adapter: 'lora[r=2]', out: at(name) }));
  const adapters = [at('a'), at('b')];
  await drain(fuse({ ...common, adapters, name: 'mixed', out: at('mixed'), fusion: 'scaling', compare: false }));
});
beforeEach(() => {
  [out, errors] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => errors.push(String(text)) > 0);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('--single-adapter writes one adapter, which --peft and --adapterhub take', async () => {
  expect(await main(['export', at('mixed'), '--single-adapter', '--out', at('one'), '--name', 'one', ...flags])).toBe(
    0,
  );
  expect(out.join('')).toMatch(/saved .*one: one, [\d,]+ parameters instead of [\d,]+; made of: a, b\n/);
  expect(await main(['export', at('one'), '--peft', '--out', at('peft')])).toBe(0);
  expect(existsSync(at('peft/adapter_model.safetensors'))).toBe(true);
  expect(await main(['export', at('one'), '--adapterhub', '--out', at('hub')])).toBe(0);
  expect(existsSync(at('hub/one/adapter_config.json'))).toBe(true);
});

it('says why a bundle cannot be one adapter, and writes nothing', async () => {
  expect(await main(['export', at('a'), '--single-adapter', '--out', at('none'), ...flags])).toBe(1);
  expect(errors.join('')).toMatch(/UNSUPPORTED.*one fusion of adapters; got the adapter "a" alone/);
  expect(existsSync(at('none'))).toBe(false);
});

it.each([[[]], [['--compiled', '--single-adapter']], [['--peft', '--adapterhub']]])(
  'asks for exactly one form, given %j',
  async (forms) => {
    expect(await main(['export', at('mixed'), ...forms, '--out', at('x')])).toBe(2);
    expect(errors.join('')).toContain("exactly one of the options '--compiled'");
  },
);
