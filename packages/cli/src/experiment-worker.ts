import { AdapterFusionError } from '@adapterfusion/contracts';
import { openWorker, type Worker } from '@adapterfusion/experiment';
import { openBackend } from 'adapterfusion';
import type { Answer, Said, Told, WorkerTask } from './worker-messages.js';

// A process that does runs of an experiment as it is told, until there is nobody to tell it.
const { experiment, out } = JSON.parse(process.argv[2]!) as WorkerTask;
const stop = new AbortController();
let worker: Promise<Worker> | undefined;
let busy = false;

// Ctrl-C reaches every process of a terminal: the first of them says what is to be done.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  stop.abort();
  if (!busy) process.exit();
});
process.on('message', (told: Told) => {
  if (told.type === 'stop') stop.abort();
  else void answer(told);
});

async function answer(told: Exclude<Told, { type: 'stop' }>): Promise<void> {
  busy = true;
  say(await (told.type === 'open' ? open(told.backend) : perform(told.run)).catch(refusal));
  busy = false;
  if (!process.connected) process.exit();
}

async function open(backend: Extract<Told, { type: 'open' }>['backend']): Promise<Answer> {
  return { type: 'opened', backend: await openBackend(backend) };
}

async function perform(run: string): Promise<Answer> {
  worker ??= openWorker({
    ...{ experiment, out, signal: stop.signal },
    onProgress: (progress) => say({ type: 'progress', progress }),
    onWarning: (message) => say({ type: 'warning', message }),
  });
  const running = (
    await worker.catch((error: unknown) => {
      worker = undefined;
      throw error;
    })
  )(run);
  for (;;) {
    const next = await running.next();
    if (next.done) return { type: 'ended', ended: next.value };
    say({ type: 'event', event: next.value });
  }
}

function refusal(error: unknown): Answer {
  const code = AdapterFusionError.is(error) ? error.code : 'BUG';
  return { type: 'refused', code, message: error instanceof Error ? error.message : String(error) };
}

function say(said: Said): void {
  // Whoever listened may just have ended.
  if (process.connected) process.send!(said, () => undefined);
}
