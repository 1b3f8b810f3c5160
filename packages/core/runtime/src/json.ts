import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

/** A JSON object from a file. @throws FILE_NOT_FOUND; FILE_CORRUPT for what is not a JSON object in UTF-8 */
export async function readJson(files: Files, at: string): Promise<{ readonly [key: string]: unknown }> {
  const bytes = await files.read(at);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as { [key: string]: unknown };
    throw new Error(`${Array.isArray(value) ? 'a list' : typeof value}`);
  } catch (cause) {
    throw new AdapterFusionError('FILE_CORRUPT', {
      at,
      expected: 'a JSON object',
      got: cause instanceof Error ? cause.message : String(cause),
      fix: 'Fetch the file again.',
      cause,
    });
  }
}
