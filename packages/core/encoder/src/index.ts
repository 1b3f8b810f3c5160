export { denseHead, probabilities } from './dense-head.js';
export { headOptions, type HeadOptions } from './head-options.js';
export { encoderLayer, layerSites, sumEmbeddings, type LayerPaths, type LayerShape, type LayerSites } from './layer.js';
