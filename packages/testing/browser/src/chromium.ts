import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian, and whoever follows it, puts Chromium; another place can be named in CHROMIUM. */
const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests in a browser are skipped, if they are. */
export const lackOfChromium: string | undefined = existsSync(executable)
  ? undefined
  : 'Chromium not installed: run `apt-get install chromium`, or name its path in CHROMIUM';

/** WebGPU on the processor (SwiftShader), for machines without a GPU. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Starts Chromium without a window. @param webgpu false: as in a browser that has none */
export function launch(webgpu: boolean): Promise<Browser> {
  const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--no-first-run', ...quiet, ...(webgpu ? WEBGPU : [])],
  });
}
