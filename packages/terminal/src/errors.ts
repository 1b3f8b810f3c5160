import { inspect } from 'node:util';
import { AdapterFusionError, type ErrorCode } from '@adapterfusion/contracts';

/** Whether work ended because its signal was raised. */
export function isAbort(error: unknown): boolean {
  return AdapterFusionError.is(error) && error.code === 'ABORTED';
}

const USAGE: ErrorCode = 'USAGE';

/** What commander says of wrong usage, as an error with its code. @param text as it comes, `error: ` in front */
export function usageLines(text: string): string {
  return `${text.replace(/^error:/, `error ${USAGE}:`).trimEnd()}\nsee docs/errors.md#${USAGE.toLowerCase()}\n`;
}

/** Says what went wrong, on stderr; with `json` also as an event on stdout. @returns the exit code */
export function reportError(error: unknown, json: boolean): number {
  const known = AdapterFusionError.is(error);
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s*[\r\n]+\s*/g, ' ');
  const lines = known
    ? [`error ${error.code}: ${message}`, `see docs/errors.md#${error.code.toLowerCase()}`]
    : [`error: ${message}`, 'This is a bug in adapterfusion: please report it. DEBUG=1 shows where it happened.'];
  if (process.env['DEBUG']) lines.push(inspect(error));
  process.stderr.write(`${lines.join('\n')}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ type: 'error', code: known ? error.code : 'BUG', message })}\n`);
  return 1;
}
