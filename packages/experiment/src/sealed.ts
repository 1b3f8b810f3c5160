import { sha256 } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

/** Writes JSON with a checksum, the file whole. */
export async function writeSealed(files: Files, path: string, value: object): Promise<void> {
  const text = JSON.stringify(value);
  const sealed = `{"checksum":"${await sha256(text)}","value":${text}}\n`;
  await files.write(path, new TextEncoder().encode(sealed));
}

/**
 * Reads what {@link writeSealed} wrote.
 * @returns undefined where there is no file
 * @throws FILE_CORRUPT where it is not what was written
 */
async function readSealed<T>(files: Files, path: string): Promise<T | undefined> {
  if ((await files.kind(path)) === undefined) return undefined;
  const text = new TextDecoder().decode(await files.read(path));
  try {
    const { checksum: written, value } = JSON.parse(text) as { checksum: string; value: T };
    if (written === (await sha256(JSON.stringify(value)))) return value;
  } catch {
    // No JSON: damaged.
  }
  throw new AdapterFusionError('FILE_CORRUPT', {
    at: path,
    expected: 'contents that fit the checksum',
    got: 'a damaged file',
    fix: 'It is set aside; what it held is put together again from the folders under runs, or measured again.',
  });
}

/**
 * The same, where damage is no end: the file is renamed to `….damaged` and told of.
 * @returns undefined where there is none or it is damaged
 */
export async function readOrSetAside<T>(
  files: Files,
  path: string,
  onDamage: (error: AdapterFusionError) => void,
): Promise<T | undefined> {
  try {
    return await readSealed<T>(files, path);
  } catch (error) {
    if (!AdapterFusionError.is(error) || error.code !== 'FILE_CORRUPT') throw error;
    await files.write(`${path}.damaged`, await files.read(path));
    await files.remove(path);
    onDamage(error);
    return undefined;
  }
}
