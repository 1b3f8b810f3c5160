/*
 * Backbone, adapters, fusion, head, trainers, training and bundles, without the data sets and the API around them: what a page
 * names that trains adapters and fuses them. A bundler leaves out what is not named.
 */
export { doubleSeqBn, parBn, scaledParBn, seqBn } from '@adapterfusion/adapter-bottleneck';
export { bert } from '@adapterfusion/backbone-bert';
export { attention } from '@adapterfusion/fusion-attention';
export { classification } from '@adapterfusion/head-classification';
export { Model } from '@adapterfusion/model';
export { applySetup, loadEncoder, readBundle, writeBundle } from '@adapterfusion/runtime';
export {
  currentBackend,
  dispose,
  openBackend,
  provideBackend,
  read,
  scope,
  tensor,
  webgpuProvider,
} from '@adapterfusion/tensor';
export { fusion } from '@adapterfusion/trainer-fusion';
export { headOnly, singleTaskAdapter } from '@adapterfusion/trainer-single-task';
export { trainLoop } from '@adapterfusion/training';
