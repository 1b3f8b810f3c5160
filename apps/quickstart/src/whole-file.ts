import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AdapterFusionError } from 'adapterfusion';

/** Writes a file whole or not at all, and the folders above it. @throws FILE_WRITE_FAILED */
export function writeWhole(path: string, text: string): void {
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text, { flush: true });
    renameSync(`${path}.new`, path);
  });
}

/** Does what writes. @throws FILE_WRITE_FAILED where the system refuses */
export function writing(at: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new AdapterFusionError('FILE_WRITE_FAILED', {
      ...{ at, expected: 'a place to write to', got: (cause as Error).message, cause },
      fix: 'Make room or choose another folder with --out, then start again.',
    });
  }
}
