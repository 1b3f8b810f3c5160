import { hubForm } from '@adapterfusion/data';
import { sentenceTask } from './task.js';

const kind = ['negative', 'positive'];
const question = ['DESC', 'ENTY', 'ABBR', 'HUM', 'LOC', 'NUM'];
const coarse = ['ABBR', 'ENTY', 'DESC', 'HUM', 'LOC', 'NUM'];

/** Movie reviews (Pang and Lee 2005): is a sentence of a review kind? */
export const mr = sentenceTask(
  {
    id: 'mr',
    folder: ['MR', 'rotten_tomatoes'],
    otherForms: [hubForm({ text: 'text', labels: kind })],
    metrics: ['accuracy'],
    licence: 'its source states none',
  },
  kind,
);

/** Subjectivity (Pang and Lee 2004): an opinion, from a review, or a fact, from a plot? */
export const subj = sentenceTask(
  { id: 'subj', folder: 'SUBJ', metrics: ['accuracy'], licence: 'its source states none' },
  ['subjective', 'objective'],
);

/** TREC questions (Li and Roth 2002): what is asked for, in six kinds? */
export const trec = sentenceTask(
  {
    id: 'trec',
    folder: 'TREC',
    otherForms: [hubForm({ text: 'text', label: 'coarse_label', labels: question, order: coarse })],
    metrics: ['accuracy'],
    licence: 'its source states none',
  },
  question,
);
