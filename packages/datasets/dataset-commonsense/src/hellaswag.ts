import { hubFile } from '@adapterfusion/data';
import { choiceTask } from './task.js';

const endings = [0, 1, 2, 3].map((index) => `endings.${index}`);
const labels = ['0', '1', '2', '3'];
const columns = { text: 'text', choices: endings, label: 'label', labels };
/** `activity: context`, as the files of six lines an item have it. */
const derived = {
  from: ['activity_label', 'ctx'],
  columns: ['text'],
  make: ({ activity_label: activity, ctx }: Readonly<Record<string, unknown>>) => ({
    text: `${String(activity)}: ${String(ctx)}`,
  }),
};

/** HellaSwag: how does it go on? Read as its authors publish it, from the hub, and from files of six lines an item. */
export const hellaswag = choiceTask({
  id: 'hellaswag',
  folder: 'HellaSwag',
  files: {
    train: ['hellaswag_train.jsonl', 'hellaswag_train_full.txt', hubFile('train')],
    validation: ['hellaswag_val.jsonl', 'hellaswag_val_full.txt', hubFile('validation')],
  },
  read: { format: 'records', header: ['text', 'label', ...endings] },
  columns,
  otherForms: [
    { read: { format: 'jsonl' }, columns, derived },
    { read: { format: 'parquet' }, columns, derived },
  ],
});
