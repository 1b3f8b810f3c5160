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
export { installNative, type InstallOptions, type InstallStep, type NativeInfo } from './install.js';
export { nativeProvider } from './provider.js';
export { nativeRandomWords } from './random.js';
