import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { webgpuProvider, type BackendProvider, type UnavailableReason } from '@adapterfusion/tensor';
import { adapterLack, vulkanLack } from './vulkan.js';

/** What the package `webgpu` exports. */
interface Dawn {
  create(flags: readonly string[]): { requestAdapter(options?: object): Promise<unknown> };
  readonly globals: Readonly<Record<string, unknown>>;
}

const PACKAGE = 'webgpu';
let gpu: ReturnType<Dawn['create']> | undefined;

/**
 * The backend `webgpu` in Node, experimental: Dawn, from the package `webgpu` of the current project, over this machine's
 * Vulkan, Metal or Direct3D. `auto` does not take it.
 */
export const dawnProvider: BackendProvider = (() => {
  let lack: UnavailableReason | undefined;
  const provider = webgpuProvider({
    gpu: async () => {
      lack = await open();
      return gpu;
    },
    missing: () => lack!,
  });
  return {
    ...provider,
    byNameOnly: true,
    missing: async () => {
      const found = await provider.missing();
      return found && gpu ? adapterLack() : found;
    },
    close: async () => {
      await provider.close?.();
      Reflect.deleteProperty(globalThis.navigator, 'gpu');
      gpu = undefined;
    },
  };
})();

/** Sets `navigator.gpu`, once. @returns why it cannot */
async function open(): Promise<UnavailableReason | undefined> {
  if (gpu) return undefined;
  const file = packageFile();
  if (file === undefined)
    return { reason: `the package "${PACKAGE}" is not installed in this project`, fix: `Run: npm install ${PACKAGE}` };
  const noVulkan = await vulkanLack();
  if (noVulkan) return noVulkan;
  try {
    const { create, globals } = (await import(pathToFileURL(file).href)) as Dawn;
    Object.assign(globalThis, globals);
    gpu = create(process.platform === 'linux' ? ['backend=vulkan'] : []);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const fix = `It has binaries for Linux (glibc 2.34 or newer), macOS and Windows; install it anew: npm install ${PACKAGE}`;
    return { reason: `the package "${PACKAGE}" does not load: ${reason}`, fix };
  }
  if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return undefined;
}

/** The package of the working directory's project, else the one beside this. */
function packageFile(): string | undefined {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url])
    try {
      return createRequire(from).resolve(PACKAGE);
    } catch {
      // not there
    }
  return undefined;
}
