export { cacheStorageFiles } from './cache-storage.js';
export type { HubOptions, HubProgress } from './options.js';
export { parseHubReference, type HubReference } from './reference.js';
export { snapshot, type Snapshot } from './snapshot.js';
