export type { NoOptions } from './task.js';
export { cola, mrpc, rte, sst2 } from './tasks.js';
