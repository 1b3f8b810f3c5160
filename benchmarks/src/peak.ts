import { openBackend, probe, type BackendName } from 'adapterfusion';

/* The most that the machine multiplies, in GFLOP/s: `node peak.js BACKEND`. A process of its own, as every worker is. */

await openBackend(process.argv[2] as BackendName);
const { speeds } = await probe();
process.stdout.write(`${Math.max(...speeds.map(({ gflops }) => gflops)).toFixed(1)}\n`);
process.exit(0);
