import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import { headConfig, headTensors } from '../fixtures/saved.js';
import { readHead } from './index.js';

function read(config: object = {}, tensors: Map<string, readonly number[]> = headTensors('h'), more: object = {}) {
  const files = { 'd/head_config.json': { ...headConfig('h', config), ...more }, 'd/model_head.safetensors': tensors };
  return readHead(memoryFiles(files), 'd');
}

describe('readHead', () => {
  it('reads a head of two layers, labels in the order of their ids', async () => {
    const head = await read();
    const options = { layers: 2, activation: 'tanh', bias: true, dropout: null, pooling: 'cls' };
    expect(head).toMatchObject({ name: 'h', labels: ['no', 'yes'], options, warnings: [] });
    expect(head.plugin).toBe('@adapterfusion/head-classification#classification');
    expect([...head.tensors.keys()].sort()).toEqual(['dense.bias', 'dense.weight', 'out.bias', 'out.weight']);
    expect(head.tensors.get('out.weight')!.shape).toEqual([2, 8]);
  });

  it('reads one layer, no bias, the pooler, its own dropout, no activation, no label names', async () => {
    const one = headTensors('h', 1);
    one.delete('heads.h.1.bias');
    const head = await read({ layers: 1, bias: false, use_pooler: true, dropout_prob: 0.2, label2id: null }, one);
    expect(head.options).toMatchObject({ layers: 1, bias: false, pooling: 'pooler', dropout: 0.2 });
    expect(head.labels).toEqual(['LABEL_0', 'LABEL_1']);
    expect([...head.tensors.keys()]).toEqual(['out.weight']);
    const linear = await read({ activation_function: null }, headTensors('h', 3));
    expect(linear.options).toMatchObject({ activation: 'linear' });
  });

  it('takes a classifier with one label for a regression head, and reads multiple choice', async () => {
    const one = new Map(
      [...headTensors('h')].map(([name, shape]) => [name, /4/.test(name) ? [1, ...shape.slice(1)] : shape]),
    );
    const regression = await read({ num_labels: 1, label2id: { LABEL_0: 0 } }, one);
    expect(regression).toMatchObject({
      task: { plugin: '@adapterfusion/task-regression#regression', options: {} },
      labels: [],
      options: { layers: 2 },
    });
    expect(regression.plugin).toBe('@adapterfusion/head-regression#regression');
    const choice = await read({ head_type: 'multiple_choice', num_choices: 4, num_labels: undefined }, one);
    expect(choice).toMatchObject({
      task: { plugin: '@adapterfusion/task-multiple-choice#multiple-choice' },
      labels: [],
    });
    expect(choice.plugin).toBe('@adapterfusion/head-multiple-choice#multiple-choice');
    expect(choice.tensors.get('out.weight')!.shape).toEqual([1, 8]);
  });

  it('leaves out other heads in the file, with a warning', async () => {
    const { warnings } = await read({}, new Map([...headTensors('h'), ...headTensors('h2')]));
    expect(warnings).toEqual([expect.stringContaining('4 tensors that belong to others than the head h')]);
  });

  it.each([
    [{ head_type: 'masked_lm' }, {}, 'UNSUPPORTED', 'config.head_type'],
    [{ head_type: 'question_answering', num_labels: 3 }, {}, 'BUNDLE_INVALID', 'config.num_labels'],
    [{ layers: 3 }, {}, 'UNSUPPORTED', 'config.layers'],
    [{}, { config: null }, 'UNSUPPORTED', 'AutoAdapterModel'],
    [{ num_labels: '2' }, {}, 'BUNDLE_INVALID', 'config.num_labels'],
    [{ label2id: { a: 0, b: 2 } }, {}, 'BUNDLE_INVALID', 'config.label2id: expected a label for each id from 0 to 1'],
    [{ label2id: { a: 0, b: 1, c: 1 } }, {}, 'BUNDLE_INVALID', 'config.label2id'],
    [{ layers: 1 }, {}, 'TENSORS_INVALID', 'unexpected: heads.h.4.bias'],
    [{ num_labels: 3, label2id: null }, {}, 'TENSORS_INVALID', 'heads.h.4.weight [2, 8] where [3, 8] is expected'],
    [{}, { name: 'h,2' }, 'NAME_INVALID', 'the head of d/head_config.json'],
  ])('refuses %j %j', async (config, more, code, message) => {
    await expect(read(config, undefined, more)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
