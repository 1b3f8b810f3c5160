import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

let platformFiles: Files | undefined;

/** Says how this platform reaches files; the entry for Node does it. */
export function provideFiles(files: Files): void {
  platformFiles = files;
}

/** The given files, or else the platform's. @throws UNSUPPORTED where there are none */
export function filesOf(given?: Files): Files {
  const files = given ?? platformFiles;
  if (files) return files;
  throw new AdapterFusionError('UNSUPPORTED', {
    expected: 'a way to reach files',
    got: 'none on this platform',
    fix: 'Hand one over as the option "files".',
  });
}
