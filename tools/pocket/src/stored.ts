import {
  parseSafetensors,
  sha256,
  writeSafetensors,
  type Safetensors,
  type TensorToWrite,
} from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import type { Workshop } from './recipe.js';

/** What a stage's result depends on, as text: options and hashes of what was read. */
export type Origin = { readonly [part: string]: string | number };

/**
 * A stage's result in a safetensors file of the state folder, with what it was made of and a checksum in its metadata.
 * Written whole or not at all.
 */
export async function writeResult(
  { files, recipe }: Workshop,
  name: string,
  origin: Origin,
  tensors: readonly TensorToWrite[],
  facts: { readonly [name: string]: string } = {},
): Promise<void> {
  const checksum = await sha256(dataOf(writeSafetensors(tensors)));
  const metadata = { ...facts, origin: JSON.stringify(origin), checksum };
  await files.write(files.join(recipe.state, name), writeSafetensors(tensors, metadata));
}

/**
 * A result that was written before; undefined where there is none or where it is damaged, so that it is made again.
 * @throws RESUME_REFUSED for one that was made of something else
 */
export async function readResult(
  { files, recipe, report }: Workshop,
  name: string,
  origin: Origin,
): Promise<Safetensors | undefined> {
  const at = files.join(recipe.state, name);
  if ((await files.kind(at)) !== 'file') return undefined;
  const bytes = await files.read(at);
  const file = whole(bytes, at);
  if (!file || file.metadata['checksum'] !== (await sha256(dataOf(bytes)))) {
    report(`${name} is damaged and is made again`);
    return undefined;
  }
  checkOrigin(JSON.parse(file.metadata['origin'] ?? '{}') as Origin, origin, at);
  return file;
}

/** @throws RESUME_REFUSED naming the parts that differ */
export function checkOrigin(then: Origin, now: Origin, at: string): void {
  const parts = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((part) => then[part] !== now[part]);
  if (parts.length === 0) return;
  const words = (origin: Origin) => parts.map((part) => `${part} = ${origin[part] ?? 'none'}`).join('; ');
  throw new AdapterFusionError('RESUME_REFUSED', {
    at,
    expected: `the run that wrote this file: ${words(then)}`,
    got: words(now),
    fix: 'Go on as it was begun, or name another folder with --state.',
  });
}

function whole(bytes: Uint8Array, at: string): Safetensors | undefined {
  try {
    return parseSafetensors(bytes, at);
  } catch (error) {
    if (AdapterFusionError.is(error)) return undefined;
    throw error;
  }
}

/** A safetensors file without its header: its tensors' bytes. */
function dataOf(bytes: Uint8Array): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return bytes.subarray(8 + Number(length));
}
