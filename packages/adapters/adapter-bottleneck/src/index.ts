export type { BottleneckOptions } from './options.js';
export { bottleneck, doubleSeqBn, parBn, scaledParBn, seqBn } from './plugins.js';
