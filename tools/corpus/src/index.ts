export { corpusHash, readCorpus, type Corpus } from './corpus.js';
export { unpack } from './unpack.js';
