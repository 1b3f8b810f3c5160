export { nodeFiles, type NodeFilesOptions } from './node-files.js';
