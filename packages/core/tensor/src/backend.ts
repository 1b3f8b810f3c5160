import { AdapterFusionError } from '@adapterfusion/contracts';
import { processWide } from './process-wide.js';
import { tf } from './tfjs.js';
import { wasmProvider } from './wasm.js';
import { webgpuProvider } from './webgpu.js';

/** Backends by the name users give. */
export type BackendName = 'native' | 'cuda' | 'wasm' | 'webgpu' | 'cpu';

/** What was opened. */
export interface BackendInfo {
  readonly name: BackendName;
  /** The device in words. */
  readonly device: string;
  /** Version of what computes: of TensorFlow, of the wasm package. */
  readonly version: string;
  /** Threads used, where known; a resumed run must match it. */
  readonly threads: number;
  /** Bytes that it can hold in all, where known. */
  readonly memory?: number;
  /** Bytes of the largest tensor that it takes, where there is such a limit. */
  readonly largestTensor?: number;
}

/** Why a backend cannot be used here, and the command that would provide it. */
export interface UnavailableReason {
  readonly reason: string;
  readonly fix: string;
}

/** How a backend is found and opened. Packages for one platform bring theirs with {@link provideBackend}. */
export interface BackendProvider {
  readonly name: BackendName;
  /** The name that TensorFlow.js has for it. */
  readonly tfjsName: string;
  /** `auto` passes it over: it is used only when it is asked for by name. */
  readonly byNameOnly?: boolean;
  /** Why it cannot be used here and the command that would provide it; undefined when it can. */
  missing(): Promise<UnavailableReason | undefined>;
  /** Registers it with TensorFlow.js, anew each time; the backend is switched to afterwards. */
  register(): Promise<void>;
  /** Called once it is active. */
  describe(): Promise<Omit<BackendInfo, 'name'>>;
  /** Frees what TensorFlow.js does not, after it has let go of the backend. */
  close?(): void | Promise<void>;
}

interface State {
  readonly providers: Map<BackendName, BackendProvider>;
  opened?: BackendInfo | undefined;
  /** Settles when the last call of {@link openBackend} has: one at a time. */
  turn: Promise<unknown>;
}

const state = processWide<State>('backend', () => ({
  providers: new Map(builtin().map((provider) => [provider.name, provider])),
  turn: Promise.resolve(),
}));

/** Makes a backend available to {@link openBackend}. A later provider of the same name takes its place. */
export function provideBackend(provider: BackendProvider): void {
  state.providers.set(provider.name, provider);
}

function builtin(): BackendProvider[] {
  const cpu: BackendProvider = {
    name: 'cpu',
    tfjsName: 'cpu',
    missing: () => Promise.resolve(undefined),
    register: () => Promise.resolve(),
    describe: () => Promise.resolve({ device: 'JavaScript', version: tf.version_core, threads: 1 }),
  };
  return [cpu, wasmProvider, webgpuProvider()];
}

const FASTEST_FIRST: readonly BackendName[] = ['cuda', 'native', 'webgpu', 'wasm'];

/** What `auto` tries here, in this order, whether it is present or not. */
export function automaticBackends(): BackendName[] {
  return FASTEST_FIRST.filter((name) => !state.providers.get(name)?.byNameOnly);
}

/**
 * Opens a backend; once a process. `auto` takes the first that is present. One asked for by name is used or refused,
 * never replaced by another.
 * @throws BACKEND_UNAVAILABLE with what was found and the command that would provide it, or when another is open already
 */
export function openBackend(name: BackendName | 'auto' = 'auto'): Promise<BackendInfo> {
  const result = state.turn.then(() => choose(name));
  state.turn = result.catch(() => undefined);
  return result;
}

/**
 * Closes the open backend; nothing where none is. All its tensors are void afterwards, parameters too: what they held
 * on the device is freed. A backend can be opened again then, also after the device was lost.
 */
export function closeBackend(): Promise<void> {
  const result = state.turn.then(async () => {
    if (!state.opened) return;
    const { name } = state.opened;
    state.opened = undefined;
    tf.engine().reset();
    await state.providers.get(name)!.close?.();
  });
  state.turn = result.catch(() => undefined);
  return result;
}

/** Why a backend cannot be opened here and what would provide it; undefined where it can. Opens nothing. */
export async function backendLack(name: BackendName): Promise<UnavailableReason | undefined> {
  const provider = state.providers.get(name);
  if (!provider) return { reason: 'nothing here provides it', fix: 'Use another backend, for example "wasm".' };
  return provider.missing();
}

async function choose(name: BackendName | 'auto'): Promise<BackendInfo> {
  if (state.opened) {
    if (name === 'auto' || name === state.opened.name) return state.opened;
    throw unavailable(
      name,
      `"${state.opened.name}" open in this process already`,
      'Start another process, or call closeBackend() before.',
    );
  }
  if (name !== 'auto') return (state.opened = await open(name));
  const reasons: string[] = [];
  for (const candidate of automaticBackends()) {
    const lacks = await backendLack(candidate);
    if (!lacks) return (state.opened = await open(candidate));
    reasons.push(`${candidate}: ${lacks.reason}`);
  }
  throw unavailable('auto', reasons.join('; '), 'Ask for "cpu", which is always there.');
}

/** The open backend. @throws BACKEND_UNAVAILABLE when none is */
export function currentBackend(): BackendInfo {
  if (state.opened) return state.opened;
  throw unavailable('any', 'none open', 'Call openBackend() first.');
}

async function open(name: BackendName): Promise<BackendInfo> {
  const lacks = await backendLack(name);
  if (lacks) throw unavailable(name, lacks.reason, lacks.fix);
  const provider = state.providers.get(name)!;
  // Without it TensorFlow.js advertises other backends on the console.
  tf.env().set('PROD', true);
  try {
    await provider.register();
    if (!(await tf.setBackend(provider.tfjsName))) throw new Error('TensorFlow.js refused to switch to it');
    await tf.ready();
  } catch (cause) {
    if (AdapterFusionError.is(cause)) throw cause;
    throw unavailable(name, cause instanceof Error ? cause.message : String(cause), 'Use another backend.', cause);
  }
  if (tf.getBackend() !== provider.tfjsName)
    throw unavailable(name, `"${tf.getBackend()}" active instead`, 'Use another backend.');
  const product = tf.tidy(() => tf.tensor2d([[1, 2]]).matMul(tf.tensor2d([[3], [4]])));
  const [value] = await product.data();
  product.dispose();
  if (value !== 11)
    throw unavailable(name, `1·3 + 2·4 computed as ${value}`, 'Its driver is broken; use another backend.');
  return { name, ...(await provider.describe()) };
}

function unavailable(name: string, got: string, fix: string, cause?: unknown): AdapterFusionError {
  return new AdapterFusionError('BACKEND_UNAVAILABLE', { at: 'backend', expected: `"${name}"`, got, fix, cause });
}
