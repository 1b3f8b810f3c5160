export { readAdapter } from './adapter.js';
export type { ImportedComposition } from './composition.js';
export { exportAdapterHub, type ExportFormat, type ExportSetup } from './export.js';
export { exportPeft } from './export-peft.js';
export { readFusion } from './fusion.js';
export { readHead } from './head.js';
export type {
  ImportedAdapter,
  ImportedFusion,
  ImportedHead,
  ImportedModel,
  ImportedSetup,
  ImportedTensor,
} from './imported.js';
export { readAdapterHub } from './recognise.js';
export { readSetup } from './setup.js';
