export { average } from './plugin.js';
