import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killProof } from './kill-proof.js';

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-kill-'));
const seed = Number(process.argv[2] ?? 0);
const workers = Number(process.argv[3] ?? 1);
const experiment = fileURLToPath(new URL('../experiments/ci.json', import.meta.url));
try {
  const { kills, alone, killed } = await killProof(experiment, folder, 10, seed, workers);
  for (const { after, milliseconds } of kills) console.log(`killed ${milliseconds} ms after: ${after}`);
  const same = isDeepStrictEqual(alone, killed);
  console.log(
    `${alone.length} cells undisturbed, ${killed.length} after ${kills.length} kills: ${same ? 'equal' : 'NOT equal'}`,
  );
  process.exitCode = same && kills.length === 10 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
