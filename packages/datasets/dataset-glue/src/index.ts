export { mnli, mnliMismatched, qnli, wnli } from './inference.js';
export { qqp } from './qqp.js';
export { cola, mrpc, rte, sst2, stsb } from './tasks.js';
