export { addAdapters, applySetup, describeModel } from './apply.js';
export { checkBackbone, checkPlace, isBundle, readBundle, writeBundle } from './bundle.js';
export { loadBackbone, loadEncoder, type Encoder, type LoadedBackbone } from './encoder.js';
export { fileSource } from './file-source.js';
export { parseMethod } from './method.js';
export { Registry } from './registry.js';
export type { FusionPart, HeadPart, Setup, SetupPart } from './setup.js';
