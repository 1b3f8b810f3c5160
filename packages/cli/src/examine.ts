import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AdapterFusionError } from '@adapterfusion/contracts';
import type { BackendName, UnavailableReason, Probe, Proof } from 'adapterfusion';

/** What a child is asked for. */
export type ChildTask = 'probe' | 'prove';

/** What a child says of its backend. */
export type Said =
  | { readonly state: 'ready' | 'wrong'; readonly probe: Probe }
  | { readonly state: 'proven'; readonly proof: Proof }
  | ({ readonly state: 'missing' } & UnavailableReason)
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

/** What was found of a backend: what its process said, or how it ended without a word. */
export type Finding =
  | Said
  | { readonly state: 'crashed'; readonly how: string; readonly output: string }
  | { readonly state: 'late'; readonly seconds: number };

/** How {@link examine} looks. */
export interface ExamineOptions {
  /** Seconds after which it is given up. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const CHILD = fileURLToPath(new URL('./doctor-child.js', import.meta.url));

/** Looks at a backend from a process of its own, so that what it does there harms nobody. @throws ABORTED */
export function examine(name: BackendName, task: ChildTask, { timeout, signal }: ExamineOptions): Promise<Finding> {
  // Parity is that of float32 itself.
  const env = task === 'prove' && name === 'cuda' ? { ...process.env, NVIDIA_TF32_OVERRIDE: '0' } : process.env;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted(name));
    const child = fork(CHILD, [task, name], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said: Finding | undefined;
    let output = '';
    const stop = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      said ??= { state: 'late', seconds: timeout };
      stop();
    }, timeout * 1000);
    signal.addEventListener('abort', stop, { once: true });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (output = `${output}${text}`.slice(-2000)));
    child.on('message', (message) => (said ??= message as Finding));
    child.on('error', reject);
    child.on('close', (code, killer) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return reject(aborted(name));
      const how = killer ? `ended by ${killer}` : `exit code ${code}`;
      resolve(said ?? { state: 'crashed', how, output: lastWords(output) });
    });
  });
}

/** What a process said last; of an error that was not caught its message, without the stack. */
function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^(\s+at |Node\.js v)/.test(line));
  const error = lines.findLast((line) => /^\w*Error\b/.test(line));
  return error ?? lines.slice(-3).join(' | ');
}

const aborted = (name: string): AdapterFusionError =>
  new AdapterFusionError('ABORTED', {
    at: name,
    expected: 'to look at every backend',
    got: 'the signal to stop',
    fix: 'Start it again.',
  });
