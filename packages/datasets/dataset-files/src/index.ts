export { files, inferFiles, peekFiles, type FilesPeek } from './files.js';
export type { FilesOptions } from './options.js';
export { proposeFiles, type FilesProposal } from './propose.js';
