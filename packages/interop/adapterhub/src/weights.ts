import { parseSafetensors, toFloat32, type StoredTensor } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import type { ImportedTensor } from './imported.js';
import { readTorchFile } from './torch-file.js';

/** Stored tensors with the file that they come from. */
export interface Weights {
  readonly at: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Reads the tensors of a folder of the reference: the safetensors file, or else what torch pickled, of which nothing is
 * executed.
 * @param pickle the name under which the reference saves the same as a pickle
 * @throws FILE_NOT_FOUND; FILE_CORRUPT; TENSORS_INVALID; PICKLE_REFUSED for a pickle that asks for anything but tensors
 */
export async function readWeights(files: Files, dir: string, name: string, pickle: string): Promise<Weights> {
  const at = files.join(dir, name);
  const torch = files.join(dir, pickle);
  if ((await files.kind(at)) === undefined && (await files.kind(torch)) === 'file')
    return { at: torch, tensors: readTorchFile(await files.read(torch), torch) };
  return { at, tensors: parseSafetensors(await files.read(at), at).tensors };
}

/** What a tensor's name means: a path of ours, one that belongs to something else of this kind, or nothing known. */
export type Meaning = { readonly path: string } | 'foreign' | 'unknown';

/** Tensors by our paths, and the names of those that belong to something else of the same kind. */
export interface Sorted {
  readonly at: string;
  readonly own: ReadonlyMap<string, StoredTensor>;
  readonly foreign: readonly string[];
  readonly unknown: readonly string[];
}

export function sortWeights({ at, tensors }: Weights, meaningOf: (name: string) => Meaning): Sorted {
  const own = new Map<string, StoredTensor>();
  const foreign: string[] = [];
  const unknown: string[] = [];
  for (const [name, tensor] of tensors) {
    const meaning = meaningOf(name);
    if (meaning === 'foreign') foreign.push(name);
    else if (meaning === 'unknown' || own.has(meaning.path)) unknown.push(name);
    else own.set(meaning.path, tensor);
  }
  return { at, own, foreign, unknown };
}

/**
 * The values, checked against the shapes that the configuration asks for.
 * @throws TENSORS_INVALID with every tensor that is missing, misshapen or unexpected
 */
export function takeTensors(
  { at, own, unknown }: Sorted,
  shapes: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, ImportedTensor> {
  const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();
  const missing = [...shapes.keys()].filter((path) => !own.has(path));
  const extra = [...own].filter(([path]) => !shapes.has(path)).map(([, tensor]) => tensor.name);
  const misshapen = [...own].flatMap(([path, tensor]) => {
    const shape = shapes.get(path);
    return shape === undefined || same(shape, tensor.shape)
      ? []
      : [`${tensor.name} [${tensor.shape.join(', ')}] where [${shape.join(', ')}] is expected`];
  });
  const wrong = [words('missing', missing), words('unexpected', [...unknown, ...extra]), words('misshapen', misshapen)];
  if (shapes.size === 0 || wrong.some((part) => part !== ''))
    throw new AdapterFusionError('TENSORS_INVALID', {
      at,
      expected: `the tensors that its configuration asks for (${shapes.size})`,
      got: wrong.filter((part) => part !== '').join('; ') || 'none',
      fix: 'Save it again, with the configuration that belongs to it.',
    });
  return new Map([...shapes].map(([path, shape]) => [path, { shape, data: toFloat32(own.get(path)!) }]));
}

function words(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `${what}: ${names.slice(0, 8).join(', ')}${more}`;
}

/** A warning about tensors of others in the same file. */
export function foreignWarning({ at, foreign }: Sorted, whose: string): string[] {
  if (foreign.length === 0) return [];
  return [`${at}: ${foreign.length} tensors that belong to others than ${whose} were left out: ${foreign[0]}, …`];
}
