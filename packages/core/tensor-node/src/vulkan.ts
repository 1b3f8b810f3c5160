import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.js';

const DEBIAN = 'on Debian and Ubuntu with "apt-get install libvulkan1 mesa-vulkan-drivers"';
const BACKPORTS =
  'Debian 12 has Mesa 22.3, which is too old: take mesa-vulkan-drivers from bookworm-backports (apt-get install -t bookworm-backports mesa-vulkan-drivers).';

/**
 * Why there is no Vulkan that WebGPU could run on, as far as can be seen without asking it.
 * @returns undefined where a loader and a driver are there; what they are worth only an adapter tells
 */
export async function vulkanLack(): Promise<{ reason: string; fix: string } | undefined> {
  if (process.platform !== 'linux') return undefined;
  const old = await isBookworm();
  const fix = `Install a Vulkan driver, ${DEBIAN}.${old ? ` ${BACKPORTS}` : ''}`;
  if (!(await hasLoader())) return { reason: 'no Vulkan here: libvulkan.so.1 is missing', fix };
  const drivers = await vulkanDrivers();
  if (drivers.length === 0) return { reason: 'Vulkan has no driver here (no icd.d/*.json)', fix };
  return undefined;
}

/** Why WebGPU offers no adapter although Vulkan has drivers. */
export async function adapterLack(): Promise<{ reason: string; fix: string }> {
  const drivers = (await vulkanDrivers()).join(', ');
  if (process.platform !== 'linux')
    return { reason: 'WebGPU offers no adapter', fix: 'Update the driver of the graphics card, or use "wasm".' };
  const fix = (await isBookworm()) ? BACKPORTS : 'Update the Vulkan driver, Mesa to 23 or newer; or use "wasm".';
  return { reason: `Dawn accepts none of Vulkan's drivers (${drivers})`, fix };
}

/** The drivers that Vulkan's loader finds: names of their manifests. */
export async function vulkanDrivers(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string[]> {
  const named = env['VK_DRIVER_FILES'] || env['VK_ICD_FILENAMES'];
  if (named) return named.split(':').filter((file) => existsSync(file));
  const data = (env['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share').split(':');
  const own = env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  const folders = ['/etc', ...data, own].map((folder) => join(folder, 'vulkan', 'icd.d'));
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
    }),
  );
  return lists.flat();
}

async function hasLoader(): Promise<boolean> {
  const named = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean);
  if (named.some((folder) => existsSync(join(folder, 'libvulkan.so.1')))) return true;
  const ran = await command('ldconfig', ['-p'], { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
  return ran.code !== 0 || ran.stdout.includes('libvulkan.so.1');
}

async function isBookworm(): Promise<boolean> {
  try {
    return readFileSync('/etc/os-release', 'utf8').includes('VERSION_CODENAME=bookworm');
  } catch {
    return false;
  }
}
