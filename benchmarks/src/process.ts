import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AdapterFusionError } from '@adapterfusion/contracts';
import type { Ended, Failed, Ready, Stepped } from './protocol.js';

/** A command with what it is run with. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: { readonly [name: string]: string };
}

/** A process that steps when it is told to. */
export interface Stepping {
  readonly versions: Ready['versions'];
  readonly answer?: string;
  step(): Promise<number>;
  /** Ends it, and waits until it has. */
  end(): Promise<Ended>;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a worker and waits until it is ready. @param name what to call it in messages @throws UNSUPPORTED when it fails */
export async function start(name: string, { program, args, env }: Command): Promise<Stepping> {
  const child = spawn(program, [...args], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(-2000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => child.on('error', reject));
  failed.catch(() => undefined);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answer = async <T>(): Promise<T> => {
    const line = await Promise.race([lines.next(), failed]).catch((error: Error) => ({
      done: true,
      value: error.message,
    }));
    const got = line.done
      ? { error: told.trim().split('\n').slice(-3).join(' ') || String(line.value) }
      : parsed(line.value);
    if (got === undefined) return answer<T>();
    if (!('error' in got)) return got as T;
    throw new AdapterFusionError('UNSUPPORTED', {
      at: name,
      expected: 'a process that does its step',
      got: (got as Failed).error,
      fix: 'See benchmarks/README.md for what each peer needs.',
    });
  };
  const ask = async <T>(word: string): Promise<T> => {
    child.stdin.write(`${word}\n`);
    return answer<T>();
  };
  const { versions, answer: found } = await answer<Ready>();
  return {
    versions,
    ...(found === undefined ? {} : { answer: found }),
    step: async () => (await ask<Stepped>('step')).ms,
    end: async () => {
      const ended = await ask<Ended>('end');
      child.kill();
      await gone;
      return ended;
    },
    kill: () => void child.kill(),
  };
}

/** Work whose step is a whole process: started, and timed until it is ready. It runs once before the first step. */
export async function startAfresh(name: string, command: Command): Promise<Stepping> {
  let peak = 0;
  const launch = async (): Promise<{ readonly ms: number; readonly one: Stepping }> => {
    const begun = performance.now();
    const one = await start(name, command);
    const ms = performance.now() - begun;
    peak = Math.max(peak, (await one.end()).peak_rss_mib);
    return { ms, one };
  };
  const { one } = await launch();
  return {
    ...one,
    step: async () => (await launch()).ms,
    end: () => Promise.resolve({ peak_rss_mib: peak }),
    kill: () => undefined,
  };
}

/** A line of the protocol; undefined for any other that a library prints. */
function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
