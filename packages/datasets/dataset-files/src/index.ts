export { files, inferFiles } from './files.js';
export type { FilesOptions } from './options.js';
