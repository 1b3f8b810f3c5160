export type { BottleneckOptions } from './options.js';
export { bottleneck, compacter, compacterPp, doubleSeqBnInv, seqBnInv } from './extended-plugins.js';
export { doubleSeqBn, parBn, scaledParBn, seqBn } from './plugins.js';
