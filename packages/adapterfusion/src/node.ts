import { hubEnvironment, nodeFiles, residentMemory } from '@adapterfusion/files-node';
import { provideBackend } from '@adapterfusion/tensor';
import { cudaProvider, dawnProvider, nativeProvider } from '@adapterfusion/tensor-node';
import { provideFiles, provideHub, provideMemory } from './platform.js';

provideFiles(nodeFiles({ packagesOf: import.meta.url }));
provideHub(hubEnvironment);
provideMemory(residentMemory);
provideBackend(nativeProvider);
provideBackend(cudaProvider);
provideBackend(dawnProvider);

export * from './index.js';
export {
  installNative,
  machineMemory,
  removeNative,
  type InstallOptions,
  type InstallProgress,
  type InstallStep,
  type NativeInfo,
  type Removed,
  type RemoveOptions,
} from '@adapterfusion/tensor-node';
