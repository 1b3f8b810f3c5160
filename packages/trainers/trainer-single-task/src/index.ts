export { headOnly } from './head-only.js';
export { singleTaskAdapter } from './single-adapter.js';
