export {
  NATIVE_TYPES,
  nativeAttributes,
  nativeBinding,
  runNative,
  type NativeAttribute,
  type NativeBinding,
  type NativeOutput,
} from './binding.js';
export { nativeCache } from './cache.js';
export { cudaProvider } from './cuda-provider.js';
export { dawnProvider } from './dawn-provider.js';
export {
  installNative,
  type InstallOptions,
  type InstallProgress,
  type InstallStep,
  type NativeInfo,
} from './install.js';
export { machineMemory, nativeProvider } from './provider.js';
export { nativeRandomWords } from './random.js';
export { removeNative, type Removed, type RemoveOptions } from './remove.js';
