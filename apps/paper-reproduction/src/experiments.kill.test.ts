import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { rows, writeEncoder } from '../../../packages/adapterfusion/src/tiny.spec.js';
import { killProof } from './kill-proof.js';

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const built = existsSync(path('../../../packages/cli/dist/bin.js'));

it.skipIf(!built)(
  `killed ten times and started again, the strategies of the ci experiment give the same table${built ? '' : ' (packages/cli is not built)'}`,
  async () => {
    const ci = JSON.parse(readFileSync(path('../experiments/ci.json'), 'utf8')) as { tasks: object; settings: object };
    writeEncoder(join(folder, 'encoder'), 1);
    const names = Object.keys(ci.tasks);
    names.forEach((name, index) => writeFileSync(join(folder, `${name}.tsv`), rows(60, index)));
    const small = {
      ...{ ...ci, model: './encoder', targets: ['films'], seeds: [0], adapter: 'seq_bn[reduction_factor=8]' },
      tasks: Object.fromEntries(names.map((name) => [name, { data: `./${name}.tsv` }])),
      settings: { ...ci.settings, maxLength: 16, checkpointEvery: 2 },
    };
    writeFileSync(join(folder, 'small.json'), JSON.stringify(small));
    const { kills, alone, killed } = await killProof(join(folder, 'small.json'), folder, 10, 1);
    expect(kills).toHaveLength(10);
    expect(alone).toHaveLength(12);
    expect(killed).toEqual(alone);
  },
  300_000,
);
