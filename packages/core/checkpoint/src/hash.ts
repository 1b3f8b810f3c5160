import { AdapterFusionError } from '@adapterfusion/contracts';

/** A backbone's tensor as the fingerprint sees it. */
export interface FingerprintTensor {
  /** The backbone's own name for the parameter. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Row-major values. */
  readonly data: Float32Array;
}

/**
 * SHA-256 as 64 lower-case hexadecimal digits, through `crypto.subtle`.
 * @param data numbers of any type, as they lie in memory; a text as UTF-8
 * @throws UNSUPPORTED where there is none: a browser page that was not served over HTTPS or from localhost
 */
export async function sha256(data: string | ArrayBufferView): Promise<string> {
  // lib.dom declares crypto and its subtle as always there; an insecure page lacks it.
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle === undefined)
    throw new AdapterFusionError('UNSUPPORTED', {
      expected: 'a platform with crypto.subtle, to check hashes',
      got: 'none',
      fix: 'Serve the page over HTTPS or from localhost.',
    });
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : (data as ArrayBufferView<ArrayBuffer>);
  const digest = await subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** How many tensors are hashed at a time, each on a thread of the platform's. */
const LANES = 4;

/**
 * What identifies a backbone's weights: the SHA-256 of one line a tensor, in UTF-8, sorted by path (by code unit):
 *
 *     path SP shape SP sha256(data) LF
 *
 * with the shape's numbers joined by `,` (nothing for a scalar) and the data as row-major float32, little-endian. A hash
 * of hashes, so that no second copy of the weights is made.
 * @throws TypeError for a path given twice; UNSUPPORTED as {@link sha256}
 */
export async function fingerprint(tensors: Iterable<FingerprintTensor>): Promise<string> {
  const lines = new Map<string, string>();
  const left = [...tensors].values();
  const lane = async (): Promise<void> => {
    for (const { path, shape, data } of left) {
      const hash = await sha256(data);
      if (lines.has(path)) throw new TypeError(`the path ${JSON.stringify(path)} is given twice`);
      lines.set(path, `${path} ${shape.join(',')} ${hash}\n`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
  return sha256(sorted.join(''));
}
