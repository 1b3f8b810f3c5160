import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from '../sources.js';
import { publicPackages, weightPackages } from '../workspaces.mjs';
import { importing, person } from './person.js';
import { lackOfRegistry, publishProject, startRegistry, type Registry } from './registry.js';

const lack = process.env['AF_PACKAGES'] ? lackOfRegistry() : 'every package alone: npm run test:packages';

describe.skipIf(lack)(lack ?? 'every package alone, with its peers', { timeout: 300_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'adapterfusion-alone-'));
  let registry: Registry;
  let published: Map<string, boolean>;

  beforeAll(async () => {
    requireBuild();
    registry = await startRegistry(join(scratch, 'registry'));
    published = await publishProject(registry, join(scratch, 'project'));
  }, 600_000);
  afterAll(() => {
    registry?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const names = lack ? ['each'] : [...publicPackages(), ...weightPackages()].map(({ manifest }) => manifest.name);
  it.each(names)('%s installs and is imported', async (name) => {
    const folder = join(scratch, name.replace('/', '-'));
    const one = person(folder, registry);
    for (const doing of [
      () => one.npm('install', name),
      () => one.npm('ls', '--all'),
      () => one.node(published.get(name) ? importing([name]) : ''),
    ]) {
      const { code, stdout, stderr } = await doing();
      expect(code, `${stdout}${stderr}`).toBe(0);
    }
    rmSync(folder, { recursive: true });
  });
});
