import { hubFile } from '@adapterfusion/data';
import { choiceTask } from './task.js';

const form = {
  columns: { text: 'text', choices: ['choice1', 'choice2'], label: 'answer', labels: ['1', '2'] },
  derived: {
    from: ['sentence', 'option1', 'option2'],
    columns: ['text', 'choice1', 'choice2'],
    make: ({ sentence, option1, option2 }: Readonly<Record<string, unknown>>) => {
      const [before = '', after = ''] = String(sentence).split(/_(.*)/s);
      // A sentence may begin with the gap, and a text is never empty.
      const text = before.trim() === '' ? '_' : before.trim();
      return { text, choice1: `${String(option1)}${after}`, choice2: `${String(option2)}${after}` };
    },
  },
};

/**
 * Winogrande: which of two names or things fills the gap? The text is the sentence before the gap; a choice is the option with
 * what follows the gap. The largest training file there is counts.
 */
export const winogrande = choiceTask({
  id: 'winogrande',
  folder: ['Winogrande', 'winogrande_1.1', 'winogrande_xl'],
  files: {
    train: [...['xl', 'l', 'm', 's', 'xs'].map((size) => `train_${size}.jsonl`), hubFile('train')],
    validation: ['dev.jsonl', hubFile('validation')],
  },
  ...form,
  otherForms: [{ read: { format: 'parquet' }, ...form }],
});
