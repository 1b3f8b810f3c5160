export { planBatches, sequentialBatches, type BatchPlan } from './batches.js';
export { pad } from './pad.js';
export { decodeTokens, encodeTokens } from './token-record.js';
export { inputsOf, lengthOf, type TokenRow, type Tokens } from './token-row.js';
export { createTokenizer, type Encoding, type Tokenizer } from './tokenizer.js';
export { tokenizerFromMerges } from './merges.js';
export { tokenizerFromVocab } from './vocab.js';
