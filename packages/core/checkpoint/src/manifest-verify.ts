import { AdapterFusionError } from '@adapterfusion/contracts';
import { sha256 } from './hash.js';
import { MANIFEST_FILE, type FileRecord, type Manifest } from './manifest.js';

/** What a manifest says of a file with these bytes. */
export async function fileRecord(bytes: Uint8Array): Promise<FileRecord> {
  return { sha256: await sha256(bytes), bytes: bytes.byteLength };
}

/**
 * Checks a file of a bundle against the manifest.
 * @param name the file's path in the bundle
 * @throws BUNDLE_INVALID for a file that the manifest does not name; HASH_MISMATCH for other bytes than it names
 */
export async function verifyFile(manifest: Manifest, name: string, bytes: Uint8Array): Promise<void> {
  const record = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
  if (record === undefined)
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: MANIFEST_FILE,
      expected: `${JSON.stringify(name)} among its files`,
      got: Object.keys(manifest.files).join(', ') || 'none',
      fix: 'Save the bundle again.',
    });
  const got = await fileRecord(bytes);
  if (got.bytes === record.bytes && got.sha256 === record.sha256) return;
  throw new AdapterFusionError('HASH_MISMATCH', {
    at: name,
    expected: `${record.bytes} bytes with SHA-256 ${record.sha256}`,
    got: `${got.bytes} bytes with ${got.sha256}`,
    fix: 'The file was changed or damaged after the bundle was saved: fetch or save the bundle again.',
  });
}
