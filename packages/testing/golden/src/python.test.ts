import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportAdapterHub, readAdapterHub, type ExportFormat, type ExportSetup } from '@adapterfusion/adapterhub';
import { nodeFiles } from '@adapterfusion/files-node';
import { Model } from '@adapterfusion/model';
import { describeModel, loadBackbone, loadEncoder } from '@adapterfusion/runtime';
import { read } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noiseFrom } from './noise.js';
import { askPython, PYTHON, type Rows } from './python.js';
import { farthest, flat, json, lacks, open, shared } from './shared.js';
import { batchOf, CASES, tinyModel } from './tiny.js';

const lack =
  lacks('cpu', { shared: true }) ?? (PYTHON ? undefined : 'ADAPTERFUSION_PYTHON names no Python with adapters');

interface Case {
  readonly model: string;
  readonly setup: string;
  readonly safetensors: boolean;
  readonly head: string;
  readonly batches: readonly Rows[];
  /** Where the library saves what it loaded. */
  readonly resave?: string;
}

describe.skipIf(lack)(lack ?? 'what is exported, in the Python library itself', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-python-'));
  const files = nodeFiles();
  const registry = createRegistry();
  const base = shared('golden/adapterhub-tiny/base');
  const minilm = shared('models/all-MiniLM-L6-v2');
  beforeAll(async () => {
    await open('cpu');
    await registry.provideAll('adapter');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const save = async (name: string, setup: ExportSetup, format: ExportFormat): Promise<string> => {
    const place = join(folder, name);
    await files.writeFolder(place, exportAdapterHub(setup, format));
    return place;
  };
  /** The library's logits, for each case. */
  const ask = (cases: readonly Case[]): Promise<number[][]> => askPython('reference.py', cases);
  /** All values of a set-up, as one hash each. */
  const hashes = async (place: string): Promise<Record<string, string>> => {
    const { adapters, fusions, heads } = await readAdapterHub(files, place);
    const all = [...adapters, ...fusions, ...heads].flatMap(({ name, tensors }) =>
      Array.from(tensors, ([path, { shape, data }]) => [
        `${name} ${path} ${shape.join()}`,
        createHash('sha256')
          .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
          .digest('hex'),
      ]),
    );
    return Object.fromEntries(all) as Record<string, string>;
  };
  const backbone = { id: '', modelType: 'bert', hidden: 32 };

  it('the tiny set-ups of every kind answer as expected, from both files; saved there and read here they are the same', async () => {
    const expected = json<
      Record<'input_ids' | 'attention_mask' | 'token_type_ids', number[][]> & {
        cases: Record<string, { logits_clf: unknown }>;
      }
    >('golden/adapterhub-tiny/expected.json');
    const rows = { ids: expected.input_ids, mask: expected.attention_mask, types: expected.token_type_ids };
    const names = Object.keys(CASES).filter((name) => name !== 'base' && CASES[name]!.skip === undefined);
    const cases: Case[] = [];
    for (const name of names) {
      const model = await tinyModel(CASES[name]!.composition);
      const described = await describeModel(model);
      model.dispose();
      for (const format of ['safetensors', 'bin'] as const) {
        const setup = await save(`${name}-${format}`, { ...described, name, backbone }, format);
        const safetensors = format === 'safetensors';
        cases.push({ model: base, setup, safetensors, head: 'clf', batches: [rows], resave: `${setup}-again` });
      }
    }
    const answers = await ask(cases);
    for (const index of cases.keys()) {
      const name = names[Math.floor(index / 2)]!;
      const answer = Float32Array.from(answers[index]!);
      expect(farthest(answer, flat(expected.cases[name]!.logits_clf)), cases[index]!.setup).toBeLessThan(1e-5);
      const again = await hashes(`${cases[index]!.setup}-again`);
      const sent = await hashes(cases[index]!.setup);
      for (const [path, hash] of Object.entries(again)) expect([name, path, hash]).toEqual([name, path, sent[path]]);
      expect(Object.keys(again).length).toBeGreaterThan(0);
    }
  });

  it('adapters of our own by every method, with every option that has parameters', async () => {
    const rows = {
      ids: [
        [1, 5, 9, 3],
        [2, 7, 4, 6],
      ],
      mask: [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      types: [
        [0, 0, 0, 0],
        [0, 0, 1, 1],
      ],
    };
    const batch = batchOf({ input_ids: rows.ids, attention_mask: rows.mask, token_type_ids: rows.types });
    const methods = [
      'seq_bn[reduction_factor=4,use_gating=true,ln_after=true,scaling=channel]',
      'double_seq_bn[reduction_factor={"0":2,"default":8},non_linearity=gelu]',
      'par_bn[scaling=learned,leave_out=[0]]',
      'seq_bn[ln_before=true,original_ln_before=false]',
      'lora[r=4,alpha=8]',
      'ia3',
      'compacter[reduction_factor=4,phm_dim=2]',
      'compacter_pp[reduction_factor=4,phm_dim=2,shared_W_phm=true,factorized_phm_rule=true]',
      'seq_bn_inv[reduction_factor=4]',
      'prefix_tuning[prefix_length=3,bottleneck_size=4]',
      'prefix_tuning[prefix_length=2,flat=true,leave_out=[1]]',
    ];
    const cases: Case[] = [];
    const ours: Float32Array[] = [];
    for (const [index, method] of methods.entries()) {
      const { backbone: encoder, params } = await loadBackbone(files, base, registry);
      const model = new Model(encoder, params);
      const noise = noiseFrom(index + 1);
      model.addAdapter('fresh', registry.configure('adapter', method), { seed: 1 });
      const shapes = await model.values('adapters', 'fresh');
      const values = new Map([...shapes].map(([path, value]) => [path, noise(path, value)] as const));
      model.addAdapter('own', registry.configure('adapter', method), { values });
      model.addHead('clf', registry.configure('head', 'classification'), ['no', 'yes'], { seed: 3 });
      model.compose('own');
      const described = await describeModel(model);
      const adapters = new Map([...described.adapters].filter(([name]) => name === 'own'));
      const logits = model.logits(batch, { head: 'clf' });
      ours.push(await read(logits));
      logits.dispose();
      model.dispose();
      const setup = await save(`own-${index}`, { ...described, adapters, name: 'own', backbone }, 'both');
      cases.push({ model: base, setup, safetensors: index % 2 === 0, head: 'clf', batches: [rows] });
    }
    const answers = await ask(cases);
    for (const [index, method] of methods.entries())
      expect(farthest(Float32Array.from(answers[index]!), Float32Array.from(ours[index]!)), method).toBeLessThan(1e-5);
  });

  it.each([
    ['fusion', 'target_rte', 'bin'],
    ['fusion', 'target_rte', 'safetensors'],
    ['own-adapter', 'rte_own', 'bin'],
    ['own-adapter', 'rte_own', 'safetensors'],
  ] as const)('a real set-up (%s, %s, %s) goes there and back', async (name, head, format) => {
    const imported = await readAdapterHub(files, shared(`golden/minilm-rte/${name}`));
    const parts = <P extends { name: string; tensors: unknown }>(all: readonly P[]) =>
      new Map(all.map((part) => [part.name, { ...part, values: part.tensors }]));
    const { adapters, fusions, heads, composition } = imported;
    const described = { name, composition, adapters: parts(adapters), fusions: parts(fusions), heads: parts(heads) };
    const setup = await save(
      `${name}-${format}`,
      {
        ...described,
        backbone: { id: imported.modelName, modelType: 'bert', hidden: imported.hiddenSize },
      } as unknown as ExportSetup,
      format,
    );
    const lines = <T>(file: string): T[] =>
      readFileSync(shared(`golden/minilm-rte/${file}`), 'utf8')
        .trim()
        .split('\n')
        .slice(0, 12)
        .map((line) => JSON.parse(line) as T);
    const { tokenizer, params } = await loadEncoder(files, minilm, registry);
    for (const tensor of Object.values(params)) tensor.dispose();
    const batches = lines<{ text: string; pair: string }>('texts.jsonl').map(({ text, pair }): Rows => {
      const { ids, types } = tokenizer.encode(text, pair, { maxLength: 96 });
      return { ids: [[...ids]], mask: [Array.from(ids, () => 1)], types: [[...types]] };
    });
    const [answers] = await ask([
      { model: minilm, setup, safetensors: format === 'safetensors', head, batches, resave: `${setup}-again` },
    ]);
    const wanted = lines<{ logits: number[] }>(`${name}.expected.jsonl`).flatMap(({ logits }) => logits);
    expect(farthest(Float32Array.from(answers!), Float32Array.from(wanted))).toBeLessThan(1e-4);
    expect(await hashes(`${setup}-again`)).toEqual(await hashes(setup));
  });
});
