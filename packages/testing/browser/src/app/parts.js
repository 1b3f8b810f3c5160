/* Backbone, adapters, fusion, head, trainers, training and bundles, without the data sets and the API around them. */
export * as bottleneck from '@adapterfusion/adapter-bottleneck';
export * as backbone from '@adapterfusion/backbone-bert';
export * as fusion from '@adapterfusion/fusion-attention';
export * as head from '@adapterfusion/head-classification';
export * as model from '@adapterfusion/model';
export { applySetup, loadEncoder, readBundle, writeBundle } from '@adapterfusion/runtime';
export * as tensor from '@adapterfusion/tensor';
export * as stage2 from '@adapterfusion/trainer-fusion';
export * as stage1 from '@adapterfusion/trainer-single-task';
export { trainLoop } from '@adapterfusion/training';
