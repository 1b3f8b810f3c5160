import { fingerprint, sha256, type SourceRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files, type JsonValue } from '@adapterfusion/contracts';
import { readDeclaration } from './package-declaration.js';
import type { Setup, SetupPart } from './setup.js';

/**
 * What identifies an adapter: the SHA-256 of its plugin and options, as JSON with sorted keys, and the fingerprint of its
 * values.
 */
export async function adapterHash({ plugin, options, values }: SetupPart): Promise<string> {
  const tensors = Array.from(values, ([path, { shape, data }]) => ({ path, shape, data }));
  const text = `${JSON.stringify([plugin, sorted(options)])}\n${await fingerprint(tensors)}\n`;
  return sha256(text);
}

function sorted(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return (value as JsonValue[]).map((each) => sorted(each)!);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner as JsonValue)]));
}

/**
 * Reads the values of an adapter from the package that a bundle names for it.
 * @param folder of the bundle: the package is looked for from there, as Node looks for a dependency
 * @param readSetup reads a bundle's folder
 * @throws FILE_NOT_FOUND where the package is not installed; BUNDLE_INVALID where it lacks the adapter; ADAPTER_CHANGED where
 * it holds another one than the bundle was made with; what reading that bundle throws
 */
export async function readReferenced(
  files: Files,
  folder: string,
  name: string,
  source: SourceRecord,
  readSetup: (folder: string) => Promise<Setup>,
): Promise<SetupPart['values']> {
  const wanted = `${source.package}@${source.version}`;
  const fail = (code: 'FILE_NOT_FOUND' | 'BUNDLE_INVALID', expected: string, got: string): AdapterFusionError =>
    new AdapterFusionError(code, { at: folder, expected, got, fix: `Install it: npm install ${wanted}` });
  const place = (await files.packageFolder?.(source.package, folder)) ?? (await files.packageFolder?.(source.package));
  const found = place === undefined ? undefined : await readDeclaration(files, place);
  if (found?.bundle === undefined)
    throw fail('FILE_NOT_FOUND', `the package ${wanted}, which holds the adapter "${name}"`, 'none installed');
  const part = (await readSetup(found.bundle)).adapters.get(source.adapter);
  if (part === undefined || part.source?.carried === false)
    throw fail('BUNDLE_INVALID', `the adapter "${source.adapter}" in ${wanted}`, `${found.version} without it`);
  const hash = await adapterHash(part);
  if (hash === source.sha256) return part.values;
  throw new AdapterFusionError('ADAPTER_CHANGED', {
    at: folder,
    expected: `the adapter "${name}" of ${wanted} with SHA-256 ${source.sha256}`,
    got: `${hash} in ${source.package}@${found.version}`,
    fix: `Install the version that this fusion was trained with (npm install ${wanted}), or fuse again with the new one.`,
  });
}
