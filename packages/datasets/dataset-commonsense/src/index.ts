export { hellaswag } from './hellaswag.js';
export { cosmosqa, csqa, siqa } from './questions.js';
export { winogrande } from './winogrande.js';
