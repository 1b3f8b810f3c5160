import { fork } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareProofs, type Proof } from 'adapterfusion';
import type { GoldenMeasure } from '@adapterfusion/golden';
import type { BackendName } from '@adapterfusion/tensor';
import { buildPages } from './build-pages.js';
import { lackOfChromium, launch } from './chromium.js';
import type { Measured } from './measure-backend.js';
import { parityTable, type ParityRow } from './parity-table.js';
import { runPage } from './run-page.js';
import { serve } from './serve.js';

/*
 * `npm run parity`: one table of what every backend at hand computes, against plain JavaScript and against the Python
 * reference, written to docs/parity.md and docs/parity.json.
 */

const root = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const golden = existsSync(root('../shared')) ? root('../shared/golden/adapterhub-tiny') : undefined;

function inProcess(name: BackendName): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./measure-backend.js', import.meta.url)), [
      name,
      ...(golden === undefined ? [] : [golden]),
    ]);
    child.once('message', (message) => resolve(message as Measured));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

async function inChromium(names: readonly BackendName[]): Promise<Map<string, Measured>> {
  const found = new Map<string, Measured>();
  const place = (name: string): string => `${name} in Chromium`;
  if (lackOfChromium !== undefined) {
    const lack = { reason: lackOfChromium, fix: '' };
    return new Map(names.map((name) => [place(name), { lack }]));
  }
  const pages = await buildPages(['proof']);
  const site = await serve({ ...(golden === undefined ? {} : { '/golden/': golden }), '/': pages.folder });
  const browser = await launch(true);
  const paths = golden === undefined ? [] : below(golden, '');
  for (const backend of names) {
    const input = { backend, ...(golden === undefined ? {} : { golden: { from: `${site.url}golden/`, paths } }) };
    found.set(
      place(backend),
      await runPage<{ proof: Proof; golden: GoldenMeasure | undefined }>(browser, `${site.url}proof.html`, input),
    );
  }
  await browser.close();
  site.close();
  pages.remove();
  return found;
}

function below(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix)).flatMap((name) =>
    statSync(join(folder, prefix, name)).isDirectory() ? below(folder, `${prefix}${name}/`) : [`${prefix}${name}`],
  );
}

const measured = new Map<string, Measured>();
for (const name of ['cpu', 'wasm', 'native', 'cuda', 'webgpu'] as const)
  measured.set(name === 'webgpu' ? 'webgpu in Node (Dawn)' : name, await inProcess(name));
for (const [name, each] of await inChromium(['wasm', 'webgpu'])) measured.set(name, each);

const reference = measured.get('cpu')!.proof!;
const rows = [...measured].map(([name, { lack, proof, golden: against }]): ParityRow => {
  if (!proof) return { name, missing: lack!.reason };
  const { differences, masks, clean, passed } = compareProofs(reference, proof);
  const { device, version, threads } = proof.backend;
  return { name, backend: { device, version, threads }, differences, masks, clean, passed, golden: against };
});
writeFileSync(root('docs/parity.json'), `${JSON.stringify(rows, undefined, 2)}\n`);
writeFileSync(root('docs/parity.md'), parityTable(rows));
console.log(parityTable(rows));
process.exitCode = rows.every((row) => 'missing' in row || row.passed) ? 0 : 1;
