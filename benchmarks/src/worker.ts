import { createInterface } from 'node:readline';
import { openBackend, type BackendName } from 'adapterfusion';
import type { Ended, Failed, Ready, Stepped } from './protocol.js';
import { epoch } from './epoch.js';
import { loading } from './loading.js';
import { stepper, type Form, type Prepared } from './stepper.js';
import { tokenising } from './tokenising.js';
import type { Work } from './work.js';

/* Our side of a comparison: `node worker.js WORK BACKEND FORM`. */

const say = (line: Ready | Stepped | Ended | Failed): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function opened(wanted: BackendName): Promise<Ready['versions']> {
  const { name, version, threads = 1 } = await openBackend(wanted);
  return { backend: name, version, threads };
}

/** Makes work ready; `start` is not done here. */
async function prepare(work: Work, backend: BackendName, form: Form): Promise<Prepared> {
  if (work.case === 'load') return loading(backend);
  if (work.case === 'tokenise') return tokenising(work);
  return work.case === 'epoch' ? epoch(work) : { step: stepper(work, form) };
}

async function serve([given, name, form]: readonly [string, BackendName, Form]): Promise<void> {
  const work = JSON.parse(given) as Work;
  // Tokens are made without a backend.
  const versions = work.case === 'tokenise' ? { node: process.versions.node, threads: 1 } : await opened(name);
  const { step, answer, padding } = await prepare(work, name, form);
  say({ ready: true, versions, ...(answer === undefined ? {} : { answer }) });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'step') say({ ms: await step() });
    else break;
  }
  say({
    peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(padding ? { padding: padding() } : {}),
  });
}

try {
  await serve(process.argv.slice(2) as [string, BackendName, Form]);
  process.exit(0);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
