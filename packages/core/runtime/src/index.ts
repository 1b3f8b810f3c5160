export { adapterHash } from './adapter-source.js';
export { addAdapters, applySetup, describeModel } from './apply.js';
export { readManifest } from './bundle-manifest.js';
export { checkPlace, isBundle } from './bundle-place.js';
export { readBundle, verifyBundle, writeBundle, type WriteOptions } from './bundle.js';
export { checkBackbone } from './check-backbone.js';
export {
  loadBackbone,
  loadEncoder,
  loadTokenizer,
  readEncoder,
  type Encoder,
  type LoadedBackbone,
  type StoredEncoder,
} from './encoder.js';
export { fileSource } from './file-source.js';
export { findBundle, type BundlePlace } from './find-bundle.js';
export { installedPackages, readInstalled, type DeclaredPlugin, type InstalledPackage } from './installed.js';
export { changedOptions, configuredOf, formatMethod, isConfigured, parseMethod } from './method.js';
export { packBundle, type PackedBundle, type PackOptions } from './pack-bundle.js';
export { packEncoder, type PackedEncoder } from './pack-encoder.js';
export {
  PRECISIONS,
  quantizeEncoder,
  type Precision,
  type QuantizedEncoder,
  type QuantizedTensor,
} from './quantize-encoder.js';
export { poolingOf, type EncoderPooling, type Pooling } from './pooling.js';
export { Registry } from './registry.js';
export type { FusionPart, HeadPart, Setup, SetupPart } from './setup.js';
export { ENCODER_FILES } from './encoder-folder.js';
