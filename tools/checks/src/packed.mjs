/**
 * Packs every public package as npm would publish it and looks at the tarballs: what is in them, publint in strict mode,
 * and "are the types wrong" for ESM-only packages. Exits 1 with one line per problem.
 */
import { Buffer } from 'node:buffer';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTarball } from '@adapterfusion/checkpoint';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll } from './pack-all.mjs';
import { publicPackages, root, weightPackages } from './workspaces.mjs';

const packages = [...publicPackages(), ...weightPackages()];
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-pack-'));
const packed = packAll(folder);

/** What a package may hold beside what it names one by one: what was built of its sources but tests, C++ that is built where it is installed, and its papers. */
const BUILT =
  /^(package\.json|README\.md|CHANGELOG\.md|native\/[\w-]+\.(h|cc)|dist\/(?:(?!\.(test|spec)\.)[\w./-])+\.(js|d\.ts)(\.map)?)$/;

const problems = [];
for (const { name, filename, files } of packed) {
  const { dir, layer, manifest } = packages.find((one) => one.manifest.name === name);
  const report = (tool, message) => problems.push(`${dir}: ${tool}: ${message}`);

  const named = manifest.files ?? [];
  for (const { path } of files)
    if (!BUILT.test(path) && !named.includes(path)) report('files', `${path} would be published`);

  const data = readFileSync(join(folder, filename));
  for (const [path, bytes] of await readTarball(data, filename))
    if (Buffer.from(bytes).includes(root)) report('files', `${path} names a folder of this machine`);
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
