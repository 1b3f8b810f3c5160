import { spawn } from 'node:child_process';
import { AdapterFusionError } from '@adapterfusion/contracts';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; 127 when the command is not on this machine, -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of {@link command}. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Told of what it prints on stdout, piece by piece. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Runs a command to its end and collects its output. An abort ends the command and everything it started.
 * @throws ABORTED
 */
export function command(name: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { cwd, env, signal, onOutput } = options;
  return new Promise((resolve, reject) => {
    const aborted = (): AdapterFusionError =>
      new AdapterFusionError('ABORTED', {
        at: name,
        expected: 'to run to the end',
        got: 'an abort',
        fix: 'Start it again.',
      });
    if (signal?.aborted) return reject(aborted());
    const child = spawn(name, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const stop = (): void => {
      if (child.pid === undefined || child.exitCode !== null) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    };
    signal?.addEventListener('abort', stop, { once: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      onOutput?.(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const end = (code: number, note: string): void => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) return reject(aborted());
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + note });
    };
    child.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ENOENT' ? 127 : 126, error.message));
    child.on('close', (code, by) => end(code ?? -1, by === null ? '' : `ended by ${by}`));
  });
}

/** The last lines of an output, for messages: what went wrong usually stands there. */
export function tail(output: string, lines = 4): string {
  const all = output.split('\n').filter((line) => line.trim() !== '');
  return all.slice(-lines).join(' | ').slice(-600) || 'no output';
}
