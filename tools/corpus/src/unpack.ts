import { AdapterFusionError } from '@adapterfusion/contracts';
import { ZSTDDecoder } from 'zstddec';

const MAGIC = 0xfd2fb528;

/**
 * Unpacks a Zstandard file of one frame that says its size, as `zstd FILE` writes them, whatever its window.
 * @throws FILE_CORRUPT
 */
export async function unpack(bytes: Uint8Array, at: string): Promise<Uint8Array> {
  const size = contentSize(bytes);
  if (size === undefined) throw corrupt(at, 'a file packed with Zstandard that says its size', 'another kind of file');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  // The library reports no errors: what it could not unpack has another length.
  const text = decoder.decode(bytes, size);
  if (text.byteLength === size) return text;
  throw corrupt(at, `${size} bytes, as its header says`, 'a damaged file');
}

/** The size that the header of the first frame gives (RFC 8878, 3.1.1.1). */
function contentSize(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 18 || view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = bytes[4]!;
  const single = (descriptor & 0x20) !== 0;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return single ? bytes[at]! : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

function corrupt(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix: 'Fetch the file again.' });
}
