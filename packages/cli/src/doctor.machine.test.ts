import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { adapterfusion, eventsOf, scratch } from './process.spec.js';

const root = scratch();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

/** A project whose package `webgpu` does this when it is loaded, on a machine that seems to have Vulkan. */
function webgpuThat(does: string): void {
  const own = join(folder, 'node_modules', 'webgpu');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), '{ "name": "webgpu", "type": "module", "main": "index.js" }');
  writeFileSync(join(own, 'index.js'), does);
  writeFileSync(join(folder, 'libvulkan.so.1'), '');
  writeFileSync(join(folder, 'icd.json'), '{}');
  vi.stubEnv('LD_LIBRARY_PATH', folder);
  vi.stubEnv('VK_DRIVER_FILES', join(folder, 'icd.json'));
}

it('looks at every backend: what is there and how fast, what is not and what would provide it', async () => {
  vi.stubEnv('ADAPTERFUSION_CACHE', folder);
  const ended = await adapterfusion(['doctor', '--json'], folder);
  expect(ended.code).toBe(0);
  const events = eventsOf(ended);
  const found = new Map(events.filter(({ type }) => type === 'backend').map((event) => [event['name'], event]));
  expect([...found.keys()]).toEqual(['cuda', 'native', 'webgpu', 'wasm', 'cpu']);
  expect(found.get('native')).toMatchObject({ state: 'missing', fix: 'Run: npx adapterfusion native install' });
  for (const name of ['wasm', 'cpu'])
    expect(found.get(name)).toMatchObject({
      state: 'ready',
      probe: { backend: { name, threads: expect.any(Number) as number }, training: { passed: true } },
    });
  expect(events.at(-1)).toMatchObject({ type: 'doctor', ready: expect.arrayContaining(['wasm', 'cpu']) as string[] });
});

it('proves a backend, and writes all of it to a file', async () => {
  const ended = await adapterfusion(['doctor', '--prove', 'wasm', '--json', 'report.json'], folder);
  expect(ended.stderr).toContain('written to report.json');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^against cpu +outputs +gradients +losses +weights +masks +passed$/m);
  expect(ended.stdout).toMatch(/^wasm .* same bits +yes$/m);
  expect(ended.stdout).toMatch(/^wasm +ready .*\n.*512×768×3072 .* GFLOP\/s\n +two training steps .* as expected$/m);
  const stdout = readFileSync(join(folder, 'report.json'), 'utf8');
  const [machine, proof] = eventsOf({ ...ended, stdout });
  expect(machine).toMatchObject({ type: 'machine', node: process.version });
  expect(proof).toMatchObject({
    backends: [{ name: 'wasm', comparison: { passed: true }, probe: { state: 'ready' } }],
  });
});

it.runIf(process.platform === 'linux')('reports a process that crashes', async () => {
  webgpuThat("process.stderr.write('the driver is upset\\n'); process.kill(process.pid, 'SIGSEGV'); while (true);");
  const { code, stdout } = await adapterfusion(['doctor', '--prove', 'webgpu'], folder);
  expect(stdout).toMatch(/^webgpu +broken +its process crashed: ended by SIGSEGV\n +the driver is upset$/m);
  expect(code).toBe(1);
});

it.runIf(process.platform === 'linux')('gives a process up that takes too long', async () => {
  webgpuThat('await new Promise((resolve) => setTimeout(resolve, 600_000));');
  const { code, stdout } = await adapterfusion(['doctor', '--prove', 'webgpu', '--timeout', '6'], folder);
  expect(stdout).toMatch(/^webgpu +broken +nothing came within 6 s \(--timeout\)$/m);
  expect(code).toBe(1);
});

it('fails when no backend is ready', async () => {
  const { code, stdout } = await adapterfusion(['doctor', '--timeout', '0.001'], folder);
  expect(stdout).toMatch(/^cpu +broken +nothing came within 0\.001 s/m);
  expect(code).toBe(1);
});

it('refuses a backend that is none', async () => {
  const { code, stderr } = await adapterfusion(['doctor', '--prove', 'gpu'], folder);
  expect(stderr).toMatch(/^error USAGE: .*cuda, native, webgpu, wasm, cpu, all/m);
  expect(code).toBe(2);
});
