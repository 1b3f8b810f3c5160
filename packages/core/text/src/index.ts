export { planBatches, evaluationBatches, type BatchPlan } from './batches.js';
export { pad } from './pad.js';
export { decodeTokens, encodeTokens } from './token-record.js';
export { lengthOf, type TokenRow } from './row.js';
export { createTokenizer, type Tokenizer } from './tokenizer.js';
export { tokenizerFromMerges } from './merges.js';
export { tokenizerFromVocab } from './vocab.js';
