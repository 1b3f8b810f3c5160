export { encoderLayer, layerSites, sumEmbeddings, type LayerPaths, type LayerShape, type LayerSites } from './layer.js';
