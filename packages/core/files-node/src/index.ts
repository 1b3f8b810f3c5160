export { hubEnvironment, type HubEnvironment } from './hub-environment.js';
export { nodeFiles, type NodeFilesOptions } from './node-files.js';
export { residentMemory } from './resident-memory.js';
