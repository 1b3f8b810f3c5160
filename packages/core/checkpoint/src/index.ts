export { BFloat16 } from './bfloat16.js';
export { Half } from './half.js';
export { fingerprint, sha256, type FingerprintTensor } from './hash.js';
export { toInt8Rows, type Int8Rows } from './int8-rows.js';
export { parseJsonObject } from './json.js';
export { encodeManifest } from './manifest-encode.js';
export { parseManifest } from './manifest-parse.js';
export { fileRecord, verifyFile } from './manifest-verify.js';
export {
  MANIFEST_FILE,
  type AdapterRecord,
  type BackboneRecord,
  type CompiledRecord,
  type BundleKind,
  type FileRecord,
  type FusionRecord,
  type HeadRecord,
  type Manifest,
  type MetricRecord,
  type PluginRecord,
  type SourceRecord,
} from './manifest.js';
export { checkPackageName } from './package-name.js';
export { parseSafetensors, type Safetensors } from './safetensors-read.js';
export { writeSafetensors, type TensorToWrite } from './safetensors-write.js';
export { toFloat32, toInt32, type StoredDType, type StoredTensor } from './stored-tensor.js';
export { readTarball } from './tarball.js';
export { isScale, scaleName, weightOf } from './weight.js';
