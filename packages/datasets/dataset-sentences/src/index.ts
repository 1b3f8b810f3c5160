export { mr, subj, trec } from './tasks.js';
