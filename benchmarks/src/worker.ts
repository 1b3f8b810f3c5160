import { createInterface } from 'node:readline';
import { openBackend, type BackendName } from 'adapterfusion';
import type { Ended, Failed, Ready, Stepped } from './protocol.js';
import { stepper } from './stepper.js';
import type { Work } from './work.js';

/* Our side of a comparison: `node worker.js WORK BACKEND FUSION`. */

const say = (line: Ready | Stepped | Ended | Failed): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function serve([work, name, fusion]: readonly [string, BackendName, string]): Promise<void> {
  const backend = await openBackend(name);
  const step = stepper(JSON.parse(work) as Work, fusion);
  say({ ready: true, versions: { backend: backend.name, version: backend.version, threads: backend.threads ?? 1 } });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'step') say({ ms: await step() });
    else break;
  }
  say({ peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024) });
}

try {
  await serve(process.argv.slice(2) as [string, BackendName, string]);
  process.exit(0);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
