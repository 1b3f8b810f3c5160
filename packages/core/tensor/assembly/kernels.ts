/*
 * Kernels for the memory of TensorFlow.js's wasm backend, in AssemblyScript. Arguments are byte offsets into that memory;
 * rows are float32, one after another. The module keeps nothing: no data, no globals, no allocation.
 */
export { attention, attentionGradient, attentionRoom } from './attention';
export { dropoutMask } from './dropout';
export { gelu, geluGradient } from './gelu';
export { groupDots, groupScale } from './groups';
export { addBias, transpose } from './layout';
export { norm, normGradient } from './norm';
