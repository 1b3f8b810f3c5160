import { command } from './command.js';
import { compareVersions, TENSORFLOW_VERSION, type TensorflowInfo } from './tensorflow.js';
import { inspectFolder } from './tensorflow-folder.js';

/** Finds the package without importing it, which takes seconds. */
const FIND = `
import importlib.util
spec = importlib.util.find_spec('tensorflow')
print((spec.submodule_search_locations or [''])[0] if spec else '')
`;

/**
 * The TensorFlow of this Python, where it has one that is as new as the one that would be fetched.
 * @returns undefined where there is none, or none that will do
 */
export async function pythonTensorflow(
  python: string,
  gpu: boolean,
  signal?: AbortSignal,
): Promise<{ folder: string; info: TensorflowInfo } | undefined> {
  const ran = await command(python, ['-c', FIND], { signal });
  const folder = ran.stdout.trim();
  if (ran.code !== 0 || folder === '') return undefined;
  const info = await inspectFolder(folder).catch(() => undefined);
  if (!info || compareVersions(info.version, TENSORFLOW_VERSION) < 0) return undefined;
  return gpu && info.name !== 'tensorflow' ? undefined : { folder, info };
}
