import { createRequire } from 'node:module';
import type { Kind } from './cache.js';
import { addonFile, packageFolder } from './layout.js';
import { command, tail } from './command.js';
import { installFailed } from './install-error.js';

/**
 * Opens an installation in a Node process of its own: a script that leaves `tf` and `binding` behind. Its arguments are
 * those of {@link openArguments}.
 */
export const OPEN_SCRIPT = `process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
util.isArray ??= Array.isArray;
const [tfjs, folder, addon] = process.argv.slice(1);
const tf = require(tfjs);
globalThis[Symbol.for('adapterfusion.tfjs')] = tf;
require(folder + '/dist/register_all_kernels.js');
const { NodeJSKernelBackend } = require(folder + '/dist/nodejs_kernel_backend.js');
const binding = require(addon);
tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'));
if (!tf.setBackend('tensorflow')) throw new Error('TensorFlow.js refused the backend');
`;

/** @param folder of the installation */
export function openArguments(folder: string): string[] {
  const tfjsNode = packageFolder(folder);
  return ['--', tfjsFile(), tfjsNode, addonFile(tfjsNode)];
}

const CHECK = `${OPEN_SCRIPT}
const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).arraySync();
const slope = tf.grad((x) => tf.sum(tf.mul(tf.tanh(x), x)))(tf.tensor1d([0.5])).arraySync();
const weights = tf.variable(tf.zeros([2, 1]));
const loss = () => tf.mean(tf.square(tf.sub(tf.matMul([[1, 2], [3, 4]], weights), [[1], [2]])));
const losses = [0, 1].map(() => tf.train.sgd(0.01).minimize(loss, true, [weights]).arraySync());
const sees = binding.isUsingGpuDevice() ? 'gpu' : 'cpu';
process.stdout.write(JSON.stringify({ version: binding.TF_Version, product, slope, losses, sees }));
`;

/** d/dx of x·tanh x at 0.5: tanh x + x (1 − tanh² x). */
const SLOPE = Math.tanh(0.5) + 0.5 * (1 - Math.tanh(0.5) ** 2);

/** Mean of squared errors before and after a step: from (1 + 4) / 2 along the gradient (−7, −10) to (0.73² + 1.39²) / 2. */
const LOSSES = [2.5, 1.2325];

/** The file that `import '@tensorflow/tfjs'` in core/tensor means. */
export function tfjsFile(): string {
  const tensor = createRequire(import.meta.url).resolve('@adapterfusion/tensor/package.json');
  return createRequire(tensor).resolve('@tensorflow/tfjs');
}

/**
 * Opens an installation in a process of its own and computes a product, a gradient and a training step.
 * @returns what it computes on
 * @throws NATIVE_INSTALL_FAILED when it does not load, computes wrongly, or is another TensorFlow than expected
 */
export async function verifyInstallation(
  folder: string,
  version: string,
  kind: Kind,
  signal?: AbortSignal,
): Promise<'cpu' | 'gpu'> {
  const env = kind === 'cuda' ? { TF_FORCE_GPU_ALLOW_GROWTH: 'true', NVIDIA_TF32_OVERRIDE: '0' } : {};
  const ran = await command(process.execPath, ['-e', CHECK, ...openArguments(folder)], { signal, env });
  const fix =
    'Try another wheel with --wheel FILE; this machine may have too old a C library or processor for this one.';
  if (ran.code !== 0) throw installFailed('the built addon to load and compute', tail(ran.stderr), fix);
  const said = JSON.parse(ran.stdout) as {
    version: string;
    product: number[][];
    slope: number[];
    losses: number[];
    sees: 'cpu' | 'gpu';
  };
  if (said.version !== version) throw installFailed(`TensorFlow ${version}`, `TensorFlow ${said.version}`, fix);
  const product = JSON.stringify(said.product);
  const slope = said.slope[0] ?? NaN;
  if (product !== '[[19,22],[43,50]]') throw installFailed('[[19,22],[43,50]] as a product', product, fix);
  if (!(Math.abs(slope - SLOPE) < 1e-6)) throw installFailed(`a gradient of ${SLOPE}`, String(slope), fix);
  if (!LOSSES.every((loss, step) => Math.abs(said.losses[step]! - loss) < 1e-5))
    throw installFailed(`losses of ${LOSSES.join(', then ')}`, said.losses.join(', then '), fix);
  return said.sees;
}
