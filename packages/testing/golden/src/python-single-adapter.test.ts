import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportAdapterHub, exportPeft } from '@adapterfusion/adapterhub';
import { nodeFiles } from '@adapterfusion/files-node';
import { combineAdapters } from '@adapterfusion/model/combine';
import { describeModel } from '@adapterfusion/runtime';
import { dispose, openBackend, read } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fusedModel } from './fused-tiny-model.js';
import { noiseFrom } from './noise.js';
import { farthest } from './numbers.js';
import { askPython, PYTHON } from './python.js';
import { batchOf } from './tiny-model.js';

const lack = PYTHON ? undefined : 'ADAPTERFUSION_PYTHON names no Python with adapters and peft';
const fixtures = fileURLToPath(new URL('../fixtures/encoders/', import.meta.url));
const given = JSON.parse(readFileSync(`${fixtures}bert/batch.json`, 'utf8')) as Parameters<typeof batchOf>[0];
const batch = batchOf(given);
const rows = { ids: given.input_ids, mask: given.attention_mask, types: given.token_type_ids! };
const tokens = batch.mask.reduce((total, each) => total + each, 0);

describe.skipIf(lack)(lack ?? 'a fusion as one adapter, in the Python libraries', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-python-one-'));
  beforeAll(() => openBackend('cpu'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Logits and hidden states of the fusion here, and the set-up of the one adapter. */
  const prepare = async (methods: readonly string[], fusion: string) => {
    const model = await fusedModel(methods, fusion);
    model.addHead('clf', createRegistry().configure('head', 'classification[pooling=cls]'), ['no', 'yes'], { seed: 3 });
    const noise = noiseFrom(7);
    for (const path of model.parameters.paths().filter((each) => each.startsWith('heads/'))) {
      const { shape, size } = model.parameters.get(path);
      const { data } = noise(path, { shape: [...shape], data: new Float32Array(size) });
      model.parameters.set(path, { shape: [...shape], data: data.map((value) => 5 * value) });
    }
    const outputs = model.logits(batch, { head: 'clf' });
    const { hidden, mask } = model.forward(batch);
    const [logits, states] = [Float32Array.from(await read(outputs)), Float32Array.from(await read(hidden))];
    dispose([outputs, hidden, mask]);
    const node = model.composition!;
    model.compose('a');
    const alone = model.logits(batch, { head: 'clf' });
    expect(farthest(await read(alone), logits), 'logits on which the fusion has an effect').toBeGreaterThan(0.01);
    dispose([alone]);
    model.compose(node);
    const { configured, values } = await combineAdapters(model);
    model.addAdapter('one', configured, { values });
    const described = await describeModel(model);
    model.dispose();
    const setup = {
      ...described,
      name: 'one',
      composition: 'one',
      adapters: new Map([['one', described.adapters.get('one')!]]),
      fusions: new Map(),
      backbone: { id: '', modelType: 'bert', hidden: 8 },
    };
    return { logits, states, setup };
  };
  const bottlenecks = [
    'seq_bn[reduction_factor=4]',
    'seq_bn[reduction_factor=2,scaling=channel]',
    'seq_bn[reduction_factor=3]',
  ];
  const double = ['double_seq_bn', 'double_seq_bn[reduction_factor={"0":2,"default":8}]'];
  const loras = ['lora[r=2,alpha=8]', 'lora[r=5,alpha=3]'];
  const wide = 'attn_matrices=["q","k","v"],intermediate_lora=true,output_lora=true';

  it('adapters computes the logits of the fusion to 1e-5', async () => {
    const cases = [
      [bottlenecks, 'scaling'],
      [bottlenecks, 'scaling[per=number]'],
      [bottlenecks, 'average'],
      [double, 'scaling'],
      [loras, 'scaling'],
      [[`lora[r=2,${wide}]`, `lora[r=3,alpha=1,${wide}]`], 'scaling[per=number]'],
    ] as const;
    const prepared = await Promise.all(cases.map(([methods, fusion]) => prepare(methods, fusion)));
    const asked = [];
    for (const [at, { setup }] of prepared.entries()) {
      const place = join(folder, `adapters-${at}`);
      await nodeFiles().writeFolder(place, exportAdapterHub(setup));
      const safetensors = at % 2 === 0;
      asked.push({ model: `${fixtures}bert/base`, setup: place, safetensors, head: 'clf', batches: [rows] });
    }
    const answers = await askPython('reference.py', asked);
    for (const [at, { logits }] of prepared.entries())
      expect(farthest(Float32Array.from(answers[at]!), logits), String(cases[at])).toBeLessThan(1e-5);
  });

  it('peft computes the hidden states of the fusion to 1e-5', async () => {
    const all = 'attn_matrices=["q","k","v","o"],intermediate_lora=true,output_lora=true';
    const cases = [
      [loras, 'scaling'],
      [loras, 'average'],
      [[`lora[r=2,${all}]`, `lora[r=3,alpha=1,${all}]`], 'scaling'],
      [
        [
          'lora[output_lora=true,selfattn_lora=false,leave_out=[0]]',
          'lora[r=1,output_lora=true,selfattn_lora=false,leave_out=[0]]',
        ],
        'scaling[per=number]',
      ],
    ] as const;
    const prepared = await Promise.all(cases.map(([methods, fusion]) => prepare(methods, fusion)));
    const asked = [];
    for (const [at, { setup }] of prepared.entries()) {
      const adapter = join(folder, `peft-${at}`);
      await nodeFiles().writeFolder(adapter, exportPeft(setup));
      asked.push({ model: `${fixtures}bert/base`, adapter, batches: [rows] });
    }
    const answers = await askPython('reference_peft.py', asked);
    for (const [at, { states }] of prepared.entries()) {
      const theirs = Float32Array.from(answers[at]!);
      expect(theirs.length).toBe(states.length);
      // Only tokens are compared: hidden states at padding are not defined.
      const width = states.length / batch.ids.length;
      const real = (values: Float32Array) => values.filter((_, index) => batch.mask[Math.floor(index / width)] === 1);
      expect(real(states).length).toBe(tokens * width);
      expect(farthest(real(theirs), real(states)), String(cases[at])).toBeLessThan(1e-5);
    }
  });
});
