export { planBatches, sequentialBatches, type BatchPlan } from './batches.js';
export { pad } from './pad.js';
export { createTokenizer, type Encoding, type Tokenizer } from './tokenizer.js';
export { tokenizerFromVocab } from './vocab.js';
