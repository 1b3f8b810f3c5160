import type { AnyTaskKind, Example, Fields, Files } from '@adapterfusion/contracts';
import { loadTokenizer, type Registry } from '@adapterfusion/runtime';
import { planBatches } from '@adapterfusion/text';
import type { TrainingRow } from '@adapterfusion/training';
import type { SilverKind } from './silver-rows.js';

/** The settings of both trainings; the schedule is linear from the learning rate to 0, without warm-up. */
export const TRAINING = {
  ...{ epochs: 3, batchSize: 16, learningRate: 1e-3, warmup: 0, weightDecay: 0, clip: 1 },
  ...{ maxLength: 128, batching: 'shuffle' as const },
} as const;

const SEEDS = [0, 1, 2] as const;

/** A data set, encoded. */
export interface EncodedSet {
  readonly kind: AnyTaskKind;
  readonly train: readonly TrainingRow[];
  readonly validation: readonly TrainingRow[];
}

/** A row of the file that the Python program reads. */
interface FileRow {
  readonly ids: readonly number[];
  readonly types: readonly number[];
  readonly target?: unknown;
}

/** The file that the Python program reads. */
export interface RowsFile {
  readonly kind: SilverKind;
  readonly labels: readonly string[];
  readonly settings: typeof TRAINING;
  readonly train: readonly FileRow[];
  readonly validation: readonly FileRow[];
  /** The batches of each seed over all epochs, as indices of training rows. */
  readonly batches: Readonly<Record<string, readonly (readonly number[])[]>>;
}

async function readLines(files: Files, path: string): Promise<Fields[]> {
  const text = new TextDecoder().decode(await files.read(path));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Fields);
}

/**
 * Encodes a silver data set with its task kind. Label names are those of the training rows, sorted.
 * @param data the folder of the set, with `train.jsonl` and `validation.jsonl`
 * @param model the folder of the encoder
 */
export async function encodeSet(
  files: Files,
  registry: Registry,
  name: SilverKind,
  data: string,
  model: string,
): Promise<EncodedSet> {
  const tokenizer = await loadTokenizer(files, model);
  const task = await registry.load('task', name);
  const lines = {
    train: await readLines(files, files.join(data, 'train.jsonl')),
    validation: await readLines(files, files.join(data, 'validation.jsonl')),
  };
  const unnamed = task.create({ labels: [] });
  const names = lines.train.flatMap((fields) => [...(unnamed.labelsIn?.(fields, 'train.jsonl') ?? [])]);
  const kind: AnyTaskKind = task.create({ labels: [...new Set(names)].sort() });
  const encode = (split: 'train' | 'validation'): TrainingRow[] =>
    lines[split].flatMap((fields, index) => {
      const at = `${split}.jsonl:${index + 1}`;
      const example = kind.parse(fields, at) as Example;
      const rows = kind.encode(example, tokenizer, { maxLength: TRAINING.maxLength });
      return rows.map((row) => ({ ...row, target: row.target as unknown, at, example }));
    });
  return { kind, train: encode('train'), validation: encode('validation') };
}

/** The batches of a seed over all epochs, as the training loop plans them. */
function batchesOf(rows: readonly TrainingRow[], seed: number): number[][] {
  const { epochs, batchSize, batching } = TRAINING;
  const lengths = rows.map(({ group }) => group[0]!.ids.length);
  return Array.from({ length: epochs }, (_, epoch) =>
    planBatches(lengths, { batchSize, seed, epoch, batching }),
  ).flat();
}

/** The rows and batches of a set for the Python program. */
export function rowsFile(name: SilverKind, { kind, train, validation }: EncodedSet): RowsFile {
  const inputOf = ({ group: [encoding] }: TrainingRow): FileRow => ({ ids: encoding!.ids, types: encoding!.types });
  return {
    ...{ kind: name, labels: kind.labels, settings: TRAINING },
    train: train.map((row) => ({ ...inputOf(row), target: row.target })),
    validation: validation.map(inputOf),
    batches: Object.fromEntries(SEEDS.map((seed) => [seed, batchesOf(train, seed)])),
  };
}
