import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { encodeManifest, fileRecord, MANIFEST_FILE, parseManifest, verifyFile, type Manifest } from './index.js';

const TASK = { plugin: '@x/t#c', version: '^1.0.0', options: {} };
const hash = 'ab'.repeat(32);
const manifest: Manifest = {
  spec: 1,
  kind: 'fusion',
  name: 'three-tasks',
  composition: { type: 'fuse', fusion: 'f', lead: 'b', inputs: 'own', children: ['a', 'b'] },
  adapters: { a: { plugin: '@x/y#seq_bn', version: '^1.0.0', options: { reduction_factor: { default: 8, '0': 4 } } } },
  fusions: { f: { plugin: '@x/z#attention', version: '^1.0.0', options: {}, children: ['a', 'b'] } },
  heads: { h: { plugin: '@x/h#c', version: '^1.0.0', options: {}, labels: ['no', 'yes'], task: TASK } },
  metrics: [{ name: 'accuracy', value: 0.75, data: 'rte validation', rows: 277 }],
  backbone: { id: 'org/model', modelType: 'bert', hidden: 384, layers: 6, fingerprint: hash },
  training: { seed: 1 },
  files: { 'weights/a.safetensors': { sha256: hash, bytes: 12 } },
};

const schema = JSON.parse(readFileSync(new URL('../manifest.schema.json', import.meta.url), 'utf8')) as object;
/** Whether the published schema takes it. */
const bySchema = new Ajv2020({ strict: true }).compile(schema);

/** Reads it; the published schema has to be of the same opinion. */
function parse(value: unknown): Manifest {
  const text = JSON.stringify(value);
  expect(bySchema(JSON.parse(text)), JSON.stringify(bySchema.errors)).toBe(takes(text));
  return parseText(text);
}

function takes(text: string): boolean {
  try {
    parseText(text);
    return true;
  } catch {
    return false;
  }
}

const parseText = (text: string) => parseManifest(new TextEncoder().encode(text), MANIFEST_FILE);

describe('parseManifest', () => {
  it('reads what encodeManifest wrote', () => {
    expect(parseManifest(encodeManifest(manifest), MANIFEST_FILE)).toEqual(manifest);
  });

  it('reads one without composition and without fingerprint', () => {
    const { fingerprint: _, ...backbone } = manifest.backbone;
    const head = { ...manifest, kind: 'head', composition: null, adapters: {}, fusions: {}, backbone };
    expect(parse(head)).toEqual(head);
  });

  it('reads one that carries an encoder tuned from another', () => {
    const backbone = { ...manifest.backbone, tunedFrom: { id: 'org/base', fingerprint: hash } };
    expect(parse({ ...manifest, kind: 'model', backbone })).toEqual({ ...manifest, kind: 'model', backbone });
  });

  it('reads one that says what it was compiled from', () => {
    const compiled = { ...manifest, compiled: { from: 'source', weights: hash, parameters: 7 } };
    expect(parse(JSON.parse(new TextDecoder().decode(encodeManifest(compiled))))).toEqual(compiled);
  });

  const source = { package: '@a/one', version: '1.0.0', adapter: 'rte', sha256: hash, carried: false };
  it('reads one whose adapter is in another package', () => {
    const named = { ...manifest, adapters: { a: { ...manifest.adapters['a'], source } } };
    expect(parse(named)).toEqual(named);
  });

  const put = (path: string, value: unknown): unknown => {
    const copy = structuredClone(manifest) as unknown as Record<string, unknown>;
    const keys = path.split('|');
    let at = copy;
    for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[keys.at(-1)!] = value;
    return copy;
  };

  it.each([
    ['spec', 2, 'SPEC_UNSUPPORTED', 'adapterfusion.json: spec: expected 1; got 2'],
    ['spec', undefined, 'SPEC_UNSUPPORTED', 'got none'],
    [
      'kind',
      'fuse',
      'BUNDLE_INVALID',
      'adapterfusion.json: kind: expected one of adapter, fusion, head, model; got "fuse"',
    ],
    [
      'adaptors',
      {},
      'BUNDLE_INVALID',
      'adapterfusion.json: expected no unknown key; got "adaptors". Did you mean "adapters"?',
    ],
    ['toString', {}, 'BUNDLE_INVALID', 'expected no unknown key'],
    ['training', undefined, 'BUNDLE_INVALID', 'expected the key "training"; got none'],
    ['name', '', 'BUNDLE_INVALID', 'adapterfusion.json: name: expected a text that is not empty'],
    ['adapters', [], 'BUNDLE_INVALID', 'adapterfusion.json: adapters: expected an object; got []'],
    ['adapters|a', null, 'BUNDLE_INVALID', 'adapterfusion.json: adapters["a"]: expected an object; got null'],
    ['adapters|a,b', {}, 'NAME_INVALID', 'a name for an adapter in adapterfusion.json: adapters'],
    ['adapters|a|plugin', 'seq_bn', 'BUNDLE_INVALID', 'adapters["a"].plugin: expected "package#id"; got "seq_bn"'],
    ['adapters|a|options', 'x', 'BUNDLE_INVALID', 'adapters["a"].options: expected an object'],
    ['adapters|a|children', [], 'BUNDLE_INVALID', 'adapters["a"]: expected no unknown key; got "children"'],
    [
      'adapters|a|source',
      { ...source, package: '../x' },
      'BUNDLE_INVALID',
      'source.package: expected the name of an npm',
    ],
    [
      'adapters|a|source',
      { ...source, adapter: '../x' },
      'NAME_INVALID',
      'the adapter in adapterfusion.json: adapters["a"]',
    ],
    ['adapters|a|source', { ...source, adapter: 3 }, 'NAME_INVALID', 'a name for'],
    ['adapters|a|source', { ...source, sha256: 'x' }, 'BUNDLE_INVALID', 'source.sha256: expected 64'],
    ['adapters|a|source', { ...source, carried: 1 }, 'BUNDLE_INVALID', 'source.carried: expected true or false'],
    ['adapters|a|source', { package: '@a/one' }, 'BUNDLE_INVALID', 'source: expected the key "version"'],
    ['fusions|f|children|1', 3, 'BUNDLE_INVALID', 'fusions["f"].children[1]: expected a text'],
    ['heads|h|labels', 'yes', 'BUNDLE_INVALID', 'heads["h"].labels: expected a list'],
    ['heads|h|task', 'tagging', 'BUNDLE_INVALID', 'heads["h"].task'],
    ['heads|h|task|plugin', 'tagging', 'BUNDLE_INVALID', 'heads["h"].task.plugin'],
    ['metrics|0|value', '1', 'BUNDLE_INVALID', 'metrics[0].value: expected a number'],
    ['metrics|0|rows', -1, 'BUNDLE_INVALID', 'metrics[0].rows: expected a whole number, 0 or more; got -1'],
    ['backbone|hidden', 0, 'BUNDLE_INVALID', 'backbone.hidden: expected a whole number, 1 or more'],
    ['backbone|fingerprint', 'AB'.repeat(32), 'BUNDLE_INVALID', 'backbone.fingerprint: expected 64 lower-case'],
    ['backbone|revison', 'main', 'BUNDLE_INVALID', 'Did you mean "revision"?'],
    ['backbone|tunedFrom', 'x', 'BUNDLE_INVALID', 'backbone.tunedFrom: expected an object'],
    ['backbone|tunedFrom', { id: 'x' }, 'BUNDLE_INVALID', 'backbone.tunedFrom: expected the key "fingerprint"'],
    [
      'backbone|tunedFrom',
      { id: 'x', fingerprint: 'y' },
      'BUNDLE_INVALID',
      'backbone.tunedFrom.fingerprint: expected 64',
    ],
    ['compiled', { from: 'x' }, 'BUNDLE_INVALID', 'compiled: expected the key "parameters"'],
    ['compiled', { from: 'x', parameters: 1, weights: 'y' }, 'BUNDLE_INVALID', 'compiled.weights: expected 64'],
    ['files|x', { bytes: 1 }, 'BUNDLE_INVALID', 'adapterfusion.json: files["x"]: expected the key "sha256"'],
    ['files|x', { bytes: 1, sha256: 'no' }, 'BUNDLE_INVALID', 'adapterfusion.json: files["x"].sha256: expected 64'],
  ])('refuses %s = %j', (path, value, code, message) => {
    expect(() => parse(put(path, value))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }),
    );
  });

  it.each(['../x', 'a/../x', '/etc/x', 'a\\x', 'C:/x', './x', 'a//x', 'x/', '', '..', 'a\u0000b'])(
    'refuses the file %j, which is not within the bundle',
    (path) => {
      const files = { [path]: { sha256: hash, bytes: 1 } };
      expect(() => parse({ ...manifest, files })).toThrow('expected a path that stays within the bundle');
    },
  );

  it.each([
    ['{"spec":1', 'not JSON'],
    ['[1]', 'JSON that is not an object'],
    ['{"spec":1,"kind":"fusion","kind":"model"}', 'the key "kind" twice'],
    ['{"spec":1,"kind"\n\t: "fusion","kind" :"model"}', 'the key "kind" twice'],
    ['{"kind":"]}[{\\"","spec":"kind","kind":1}', 'the key "kind" twice'],
  ])('refuses %s', (text, message) => {
    const run = () => parseManifest(new TextEncoder().encode(text), MANIFEST_FILE);
    expect(run).toThrow(
      expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringContaining(message) as unknown }),
    );
  });
});

describe('encodeManifest', () => {
  it('gives the same bytes for keys in any order, with a line end', () => {
    const turned = Object.fromEntries(Object.entries(manifest).reverse()) as unknown as Manifest;
    const text = new TextDecoder().decode(encodeManifest(turned));
    expect(text).toBe(new TextDecoder().decode(encodeManifest(manifest)));
    expect(text.startsWith('{\n  "spec": 1,\n  "kind": "fusion",\n')).toBe(true);
    expect(text.endsWith('}\n')).toBe(true);
    expect(text.indexOf('"options"')).toBeLessThan(text.indexOf('"plugin"'));
  });
});

describe('verifyFile', () => {
  const bytes = new TextEncoder().encode('weights');

  it('accepts the bytes that were recorded and refuses others', async () => {
    const files = { w: await fileRecord(bytes) };
    await verifyFile({ ...manifest, files }, 'w', bytes);
    const changed = new TextEncoder().encode('weightz');
    await expect(verifyFile({ ...manifest, files }, 'w', changed)).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
      at: 'w',
    });
    await expect(verifyFile({ ...manifest, files }, 'toString', bytes)).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
    });
  });
});
