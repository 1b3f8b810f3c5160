import { createInterface } from 'node:readline';
import { load, type BackendName } from 'adapterfusion';
import type { Ended, Failed, Ready } from './protocol.js';
import { LONGEST } from './work.js';

/* Our first prediction: `node first-worker.js BACKEND MODEL SETUP PAIR`. It is ready when it has predicted. */

const say = (line: Ready | Ended | Failed): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const [backend, model, setup, pair] = process.argv.slice(2) as [BackendName, string, string, string];
  const loaded = await load(setup, { model, backend });
  const [first] = await loaded.predict([JSON.parse(pair) as { text: string; pair: string }], { maxLength: LONGEST });
  const { name, version, threads } = loaded.backend;
  const answer = `label ${loaded.labels.indexOf(first!.label)}`;
  say({ ready: true, versions: { backend: name, version, threads: threads ?? 1 }, answer });
  await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
  say({ peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024) });
  process.exit(0);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
