export { configReader, parseBertConfig, type ConfigReader, type EncoderConfig } from './config.js';
export { denseHead, tokenHead } from './dense-head.js';
export { headOptions, tokenHeadOptions, type HeadOptions, type TokenHeadOptions } from './head-options.js';
export { createEncoder, type EmbeddingChoices } from './encoder.js';
export { bertNames, canonicalName, type EncoderNames } from './names.js';
export { layerSites, type LayerPaths, type LayerShape, type LayerSites } from './layer.js';
