import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-run-'));
const at = (name: string): string => join(folder, name);
const FILE = {
  ...{ model: './encoder', backend: 'wasm', protocol: 'held-out', head: { pooling: 'mean' } },
  settings: { epochs: 1, maxLength: 16 },
  ...{ tasks: { fruit: { data: './rows.tsv' } }, strategies: ['majority', 'st-a'], seeds: [0] },
};
beforeAll(() => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('rows.tsv'), rows(40, 2));
  writeFileSync(at('good.json'), JSON.stringify(FILE));
  writeFileSync(at('bad.json'), JSON.stringify({ ...FILE, targets: ['friut', 'x'], strategies: ['st-c'] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command. @returns code, stdout, stderr */
async function cli(...args: string[]): Promise<[number, string, string]> {
  const [out, err]: [string[], string[]] = [[], []];
  const write = (to: string[]) => (text: string | Uint8Array) => to.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(write(out));
  vi.spyOn(process.stderr, 'write').mockImplementation(write(err));
  try {
    return [await main(args), out.join(''), err.join('')];
  } finally {
    vi.restoreAllMocks();
  }
}

describe('adapterfusion run', () => {
  it('prints the plan, and trains nothing, with --dry-run', async () => {
    const [code, out] = await cli('run', at('good.json'), '--out', at('dry'), '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/majority fruit, seed 0 +0\nst-a fruit, seed 0 +\d/);
    expect(out).toMatch(/2 cells, 2 runs, 2 of them to do: about \d+:\d\d by how fast the backend multiplies/);
    expect(() => readFileSync(at('dry/results.jsonl'))).toThrow();
    const [, beside] = await cli('run', at('good.json'), '--out', at('dry'), '--dry-run', '--workers', '2');
    expect(beside).toMatch(/2 of them to do, at most 2 of them beside each other: .* The largest needs about 0\.\d GB/);
    const [, auto] = await cli('run', at('good.json'), '--out', at('dry'), '--dry-run', '--workers', 'auto', '--json');
    expect((JSON.parse(auto) as { workers: number }).workers).toBeLessThanOrEqual(availableParallelism());
  });

  it.each(['0', '-1', '1.5', '1025', 'all', ''])('refuses "%s" workers before anything runs', async (count) => {
    const [code, out, err] = await cli('run', at('nowhere.json'), '--out', at('none'), `--workers=${count}`);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^error OPTIONS_INVALID: --workers: expected a whole number from 1 to 1024, or auto; got /);
  });

  it('measures, and does not measure again', async () => {
    const [code, out, err] = await cli('run', at('good.json'), '--out', at('out'));
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/2 of 2: st-a fruit, seed 0[^]*st-a fruit, seed 0: accuracy/),
    ]);
    expect(out).toContain('2 cells measured, 0 failed');
    const [reported, paths] = await cli('report', at('out'));
    expect([reported, paths]).toEqual([0, `saved ${at('out/report.html')}\nsaved ${at('out/report.md')}\n`]);
    expect(readFileSync(at('out/report.md'), 'utf8')).toMatch(/\| fruit \| .*\d\d\.\d/);
    const [failed, , said] = await cli('report', at('nowhere'));
    expect([failed, said]).toEqual([
      1,
      expect.stringMatching(/nowhere: expected the folder of an experiment; got nothing/),
    ]);
    const again = await cli('run', at('good.json'), '--out', at('out'), '--json');
    expect(
      again[1]
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual([...['plan', 'finished']]);
  });

  it('says every problem on a line of its own', async () => {
    const [code, , err] = await cli('run', at('bad.json'), '--out', at('bad'));
    expect(code).toBe(1);
    expect(err.match(/^problem /gm)).toHaveLength(3);
    expect(err).toMatch(/Did you mean "fruit"/);
    expect(err).toMatch(/error OPTIONS_INVALID: .*the 3 problems above/);
    expect((await cli('run', at('good.json')))[0]).toBe(2);
  });
});
