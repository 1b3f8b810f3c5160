/**
 * Packs every public package as npm would publish it and looks at the tarballs: publint in strict mode, and
 * "are the types wrong" for ESM-only packages. Exits 1 with one line per problem.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll } from './pack-all.mjs';
import { publicPackages, weightPackages } from './workspaces.mjs';

const packages = [...publicPackages(), ...weightPackages()];
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-pack-'));
const packed = packAll(folder);

const problems = [];
for (const { name, filename, files } of packed) {
  const { dir, layer } = packages.find(({ manifest }) => manifest.name === name);
  const report = (tool, message) => problems.push(`${dir}: ${tool}: ${message}`);

  const tests = files.filter(({ path }) => /\.test\.|\.tsbuildinfo$/.test(path));
  for (const { path } of tests) report('files', `${path} would be published`);

  const data = readFileSync(join(folder, filename));
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  for (const message of messages) report('publint', formatMessage(message, pkg, { color: false }));

  if (layer === 'model-weights') continue;
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
  if (!analysis.types) report('types', 'no declarations');
  for (const problem of analysis.problems ?? [])
    if (['node16-esm', 'bundler'].some((kind) => problemAffectsResolutionKind(problem, kind, analysis)))
      report('types', JSON.stringify(problem));
}
rmSync(folder, { recursive: true, force: true });
console.log(problems.join('\n') || `${packed.length} packages, no problems`);
process.exitCode = problems.length > 0 || packed.length !== packages.length ? 1 : 0;
