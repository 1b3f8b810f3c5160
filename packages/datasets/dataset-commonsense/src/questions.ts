import { hubFile } from '@adapterfusion/data';
import { choiceTask, spaced } from './task.js';

const social = { text: 'text', choices: ['answerA', 'answerB', 'answerC'], label: 'label', labels: ['1', '2', '3'] };
const socialText = spaced(['context', 'question']);

/** SocialIQA: what comes of a situation, or led to it? Its authors keep the labels in files of their own. */
export const siqa = choiceTask({
  id: 'siqa',
  aliases: ['socialiqa', 'social_i_qa'],
  folder: ['SocialIQA', 'socialiqa-train-dev'],
  files: { train: ['train.jsonl', hubFile('train')], validation: ['dev.jsonl', hubFile('validation')] },
  columns: social,
  derived: socialText,
  labelFile: (name) => name.replace(/\.jsonl(\.gz)?$/, '-labels.lst'),
  otherForms: [{ read: { format: 'parquet' }, columns: social, derived: socialText }],
});

const cosmos = {
  columns: {
    id: 'id',
    text: 'text',
    choices: ['answer0', 'answer1', 'answer2', 'answer3'],
    label: 'label',
    labels: ['0', '1', '2', '3'],
  },
  derived: spaced(['context', 'question']),
};

/** CosmosQA: what is to be read between the lines of a story? */
export const cosmosqa = choiceTask({
  id: 'cosmosqa',
  aliases: ['cosmos_qa'],
  folder: ['CosmosQA', 'cosmosqa'],
  files: { train: ['train.jsonl', hubFile('train')], validation: ['valid.jsonl', hubFile('validation')] },
  ...cosmos,
  otherForms: [{ read: { format: 'parquet' }, ...cosmos }],
});

const LETTERS = ['A', 'B', 'C', 'D', 'E'];
const answers = { id: 'id', label: 'answerKey', labels: LETTERS };

/** CommonsenseQA, random split: five choices. */
export const csqa = choiceTask({
  id: 'csqa',
  aliases: ['commonsense_qa', 'commonsenseqa'],
  folder: ['CSQA', 'commonsenseqa'],
  files: {
    train: ['train_rand_split.jsonl', hubFile('train')],
    validation: ['dev_rand_split.jsonl', hubFile('validation')],
  },
  columns: {
    ...answers,
    text: 'question.stem',
    choices: LETTERS.map((_, index) => `question.choices.${index}.text`),
  },
  otherForms: [
    {
      read: { format: 'parquet' },
      columns: { ...answers, text: 'question', choices: LETTERS.map((_, index) => `choices.text.${index}`) },
    },
  ],
});
