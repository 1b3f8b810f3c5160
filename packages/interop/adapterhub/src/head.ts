import { AdapterFusionError, checkName, type Files, type JsonValue } from '@adapterfusion/contracts';
import { readConfigFile, type ConfigFile } from './config-file.js';
import type { ImportedHead } from './imported.js';
import { foreignWarning, readWeights, sortWeights, takeTensors, type Meaning } from './weights.js';

export const HEAD_CONFIG = 'head_config.json';

/** A type of head of the reference: the packages that read it here, and whether it gives every token outputs. */
interface HeadType {
  /** The end of the names of the task kind and of the head. */
  readonly task: string;
  readonly head: string;
  readonly tokens?: boolean;
}

const TYPES: Readonly<Record<string, HeadType>> = {
  classification: { task: 'text-classification', head: 'classification' },
  regression: { task: 'regression', head: 'regression' },
  multiple_choice: { task: 'multiple-choice', head: 'multiple-choice' },
  multilabel_classification: { task: 'multi-label-classification', head: 'multi-label-classification' },
  tagging: { task: 'token-classification', head: 'token-classification', tokens: true },
  question_answering: { task: 'question-answering', head: 'question-answering', tokens: true },
};

/**
 * Reads the head of a folder (`head_config.json`, `model_head.safetensors`): classification, regression, which is
 * classification with one label, several labels, multiple choice, tagging, or question answering, of one or two layers.
 * @throws UNSUPPORTED for other heads; otherwise as `readAdapter`
 */
export async function readHead(files: Files, dir: string): Promise<ImportedHead> {
  const file = await readConfigFile(files, dir, HEAD_CONFIG);
  if (file.value['config'] === null)
    throw unsupported(file.at, 'a head of a model class without flexible heads', 'Convert it to an AutoAdapterModel.');
  const config = file.object('config');
  const name = checkName(file.text('name'), `the head of ${file.at}`);
  const layers = config['layers'];
  const { type, outputs, labels } = typeOf(file, config);
  const { task, head, tokens = false } = TYPES[type]!;
  if (layers !== 1 && layers !== 2)
    throw unsupported(`${file.at}: config.layers`, JSON.stringify(layers) ?? 'none', 'Train another head here.');
  const { hiddenSize } = file.model();
  const bias = config['bias'] !== false;
  const activation = config['activation_function'] ?? null;
  const weights = await readWeights(files, dir, 'model_head.safetensors', 'pytorch_model_head.bin');
  // Modules in a row: dropout, dense, the activation if there is one, dropout, out.
  const last = layers === 1 ? 1 : activation === null ? 3 : 4;
  const modules = new Map(
    layers === 1
      ? [['1', 'out']]
      : [
          ['1', 'dense'],
          [String(last), 'out'],
        ],
  );
  const sorted = sortWeights(weights, (key): Meaning => {
    if (!key.startsWith('heads.')) return 'unknown';
    if (!key.startsWith(`heads.${name}.`)) return 'foreign';
    const [module = '', parameter, ...rest] = key.slice(`heads.${name}.`.length).split('.');
    const ours = modules.get(module);
    return ours === undefined || rest.length > 0 ? 'unknown' : { path: `${ours}.${parameter}` };
  });
  const shapes = new Map<string, readonly number[]>([['out.weight', [outputs, hiddenSize]]]);
  if (bias) shapes.set('out.bias', [outputs]);
  if (layers === 2) shapes.set('dense.weight', [hiddenSize, hiddenSize]).set('dense.bias', [hiddenSize]);
  return {
    name,
    plugin: `@adapterfusion/head-${head}#${head}`,
    task: { plugin: `@adapterfusion/task-${task}#${task}`, options: {} },
    options: {
      layers,
      activation: activation ?? 'linear',
      bias,
      dropout: config['dropout_prob'] ?? null,
      ...(tokens ? {} : { pooling: config['use_pooler'] === true ? 'pooler' : 'cls' }),
    },
    labels,
    tensors: takeTensors(sorted, shapes),
    model: file.model(),
    warnings: foreignWarning(sorted, `the head ${name}`),
  };
}

/** The type of a head, and its number of outputs and labels here. */
function typeOf(
  file: ConfigFile,
  config: { readonly [key: string]: JsonValue },
): { readonly type: string; readonly outputs: number; readonly labels: readonly string[] } {
  const type = config['head_type'];
  if (typeof type !== 'string' || type === 'regression' || !Object.hasOwn(TYPES, type))
    throw unsupported(`${file.at}: config.head_type`, JSON.stringify(type) ?? 'none', 'Train another head here.');
  if (type === 'multiple_choice') return { type, outputs: 1, labels: [] };
  if (type === 'question_answering') {
    if (config['num_labels'] === 2) return { type, outputs: 2, labels: [] };
    return file.refuse('config.num_labels', 'two outputs, the first and the last token of an answer');
  }
  if (type === 'classification' && config['num_labels'] === 1) return { type: 'regression', outputs: 1, labels: [] };
  const labels = labelNames(file, config);
  return { type, outputs: labels.length, labels };
}

/** Label names in the order of their ids; `LABEL_0`, … where the file names none. */
function labelNames(file: ConfigFile, config: { readonly [key: string]: JsonValue }): string[] {
  const count = config['num_labels'];
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 2 || count > 100_000)
    return file.refuse('config.num_labels', 'a whole number, 2 or more');
  const ids = config['label2id'] ?? null;
  if (ids === null) return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
  const entries = typeof ids === 'object' && !Array.isArray(ids) ? Object.entries(ids) : [];
  const names = new Map(entries.map(([label, id]) => [id, label]));
  const ordered = Array.from({ length: count }, (_, id) => names.get(id));
  if (entries.length !== count || !ordered.every((label) => label !== undefined))
    return file.refuse('config.label2id', `a label for each id from 0 to ${count - 1}`);
  return ordered;
}

function unsupported(at: string, got: string, fix: string): AdapterFusionError {
  const expected = `a flexible head of 1 or 2 layers: ${Object.keys(TYPES).join(', ')}`;
  return new AdapterFusionError('UNSUPPORTED', { at, expected, got, fix });
}
