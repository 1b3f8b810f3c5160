export { roberta } from './roberta.js';
