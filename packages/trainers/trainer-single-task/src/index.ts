export { headOnly } from './head-only.js';
export { singleTaskAdapter, type SingleTaskAdapterOptions } from './single-adapter.js';
