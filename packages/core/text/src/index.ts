export { planBatches, evaluationBatches, type BatchPlan } from './batches.js';
export { pad } from './pad.js';
export { decodeTokens, encodeTokens } from './token-record.js';
export { lengthOf, type TokenRow, type Tokens } from './row.js';
export { createTokenizer, type Encoding, type Tokenizer } from './tokenizer.js';
export { tokenizerFromMerges } from './merges.js';
export { tokenizerFromVocab } from './vocab.js';
