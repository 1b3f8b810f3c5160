import { nodeFiles } from '@adapterfusion/files-node';
import { provideBackend } from '@adapterfusion/tensor';
import { nativeProvider } from '@adapterfusion/tensor-node';
import { provideFiles } from './platform.js';

provideFiles(nodeFiles());
provideBackend(nativeProvider);

export * from './index.js';
export { installNative, type InstallOptions, type InstallStep, type NativeInfo } from '@adapterfusion/tensor-node';
