import { AdapterFusionError, checkName, SPEC } from '@adapterfusion/contracts';
import { checker, type Checker } from './checker.js';
import { parseJsonObject, shown } from './json.js';
import { BUNDLE_KINDS, type Manifest } from './manifest.js';
import { isPackageName } from './package-name.js';

/** The keys of a manifest, in the order in which they are written. */
export const MANIFEST_KEYS = [
  'spec',
  'kind',
  'name',
  'backbone',
  'composition',
  'adapters',
  'fusions',
  'heads',
  'metrics',
  'compiled',
  'training',
  'files',
] as const satisfies readonly (keyof Manifest)[];

/**
 * Reads a manifest and checks its structure: the contract version first, then every key. Unknown keys are refused. Plugin
 * options, the composition and the training record are left to their readers.
 * @param at the file's name, for messages, which name the place in it: `adapterfusion.json: files["x"].sha256`
 * @throws SPEC_UNSUPPORTED for another contract version; NAME_INVALID for an adapter, fusion or head of a bad name;
 * BUNDLE_INVALID for everything else
 */
export function parseManifest(bytes: Uint8Array, at: string): Manifest {
  const value = parseJsonObject(bytes, 'BUNDLE_INVALID', at, 'a manifest (a JSON object)', 'Save the bundle again.');
  if (value['spec'] !== SPEC)
    throw new AdapterFusionError('SPEC_UNSUPPORTED', {
      at: `${at}: spec`,
      expected: String(SPEC),
      got: shown(value['spec']),
      fix: 'Use a version of adapterfusion that knows this spec, or save the bundle again with this one.',
    });
  const root = checker(value, at, '');
  root.keys(
    MANIFEST_KEYS.filter((key) => key !== 'compiled'),
    ['compiled'],
  );
  root.at('kind').oneOf(BUNDLE_KINDS);
  root.at('name').text();
  backbone(root.at('backbone'));
  named(root.at('adapters'), 'an adapter', (adapter) => {
    plugin(adapter, [], ['source']);
    if (adapter.has('source')) source(adapter.at('source'));
  });
  named(root.at('fusions'), 'a fusion', (fusion) => {
    plugin(fusion, ['children']);
    fusion.at('children').items((child) => child.text());
  });
  named(root.at('heads'), 'a head', (head) => {
    plugin(head, ['labels', 'task']);
    head.at('labels').items((label) => label.text());
    plugin(head.at('task'));
  });
  root.at('metrics').items(metric);
  if (root.has('compiled')) compiled(root.at('compiled'));
  root.at('training').entries();
  for (const [path, file] of root.at('files').entries()) {
    file.require(isPathWithin(path), 'a path that stays within the bundle', shown(path));
    file.keys(['sha256', 'bytes']);
    file.at('sha256').hash();
    file.at('bytes').count(0);
  }
  return value as unknown as Manifest;
}

function compiled(record: Checker): void {
  record.keys(['from', 'parameters'], ['weights']);
  record.at('from').text();
  record.at('parameters').count(0);
  if (record.has('weights')) record.at('weights').hash();
}

function backbone(record: Checker): void {
  record.keys(['id', 'modelType', 'hidden', 'layers'], ['revision', 'fingerprint', 'derivedFrom', 'tunedFrom']);
  record.at('id').text();
  record.at('modelType').text();
  record.at('hidden').count(1);
  record.at('layers').count(1);
  if (record.has('revision')) record.at('revision').text();
  if (record.has('fingerprint')) record.at('fingerprint').hash();
  if (record.has('derivedFrom')) record.at('derivedFrom').hash();
  if (!record.has('tunedFrom')) return;
  const source = record.at('tunedFrom');
  source.keys(['id', 'fingerprint']);
  source.at('id').text();
  source.at('fingerprint').hash();
}

function named(record: Checker, what: string, check: (entry: Checker) => void): void {
  for (const [name, entry] of record.entries()) {
    checkName(name, `${what} in ${record.where}`);
    check(entry);
  }
}

function source(record: Checker): void {
  record.keys(['package', 'version', 'adapter', 'sha256', 'carried']);
  const name = record.at('package');
  name.require(typeof name.value === 'string' && isPackageName(name.value), 'the name of an npm package');
  record.at('version').text();
  checkName(record.at('adapter').value as string, `the adapter in ${record.where}`);
  record.at('sha256').hash();
  const { value } = record.at('carried');
  record.at('carried').require(typeof value === 'boolean', 'true or false');
}

function plugin(record: Checker, more: readonly string[] = [], optional: readonly string[] = []): void {
  record.keys(['plugin', 'version', 'options', ...more], optional);
  const { plugin: identity } = record.value as { plugin: unknown };
  const words = '"package#id"';
  record.at('plugin').require(typeof identity === 'string' && /^[^#\s]+#[^#\s]+$/.test(identity), words);
  record.at('version').text();
  record.at('options').entries();
}

function metric(record: Checker): void {
  record.keys(['name', 'value', 'data', 'rows']);
  record.at('name').text();
  record.at('value').number();
  record.at('data').text();
  record.at('rows').count(0);
}

/** True for a relative path of plain segments: no `..`, no root, no drive, no backslash, no control character. */
function isPathWithin(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  return !/[\\:\u0000-\u001f\u007f]/.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part));
}
