import { AdapterFusionError } from '@adapterfusion/contracts';

/** A DATA_INVALID error. */
export function invalid(at: string, expected: string, got: string, fix: string, cause?: unknown): AdapterFusionError {
  return new AdapterFusionError('DATA_INVALID', { at, expected, got, fix, cause });
}

/** A value for a message: as JSON, cut to 60 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
