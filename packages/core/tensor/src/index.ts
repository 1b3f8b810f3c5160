export { activate, checkActivation, ACTIVATIONS, type ActivationAttributes } from './activation.js';
export { adamStep, type AdamNumbers, type AdamSettings } from './adam.js';
export { add, div, exp, log, logSoftmax, mean, mul, sqrt, square, sub, sum } from './arithmetic.js';
export { attention, type AttentionAttributes } from './attention.js';
export {
  automaticBackends,
  backendLack,
  closeBackend,
  currentBackend,
  openBackend,
  provideBackend,
  type BackendInfo,
  type BackendName,
  type BackendProvider,
  type UnavailableReason,
} from './backend.js';
export { columnsOf, type ColumnRows, type Columns } from './columns.js';
export { equal, greater, greaterEqual, less, lessEqual } from './compare.js';
export { assign, constant, fill, intTensor, isFrozen, parameter, read, setTrainable, tensor } from './create.js';
export { cumsum, type CumsumOptions } from './cumsum.js';
export { defineOp, type CustomOp } from './custom-op.js';
export { checkFits } from './device-watch.js';
export { dropout, dropoutMask, dropThreshold, type DropAttributes, type MaskAttributes } from './dropout.js';
export { max, maximum, min, minimum } from './extremes.js';
export { placeChildren, stackActivations, stackFactors, type FactorStack, type PlacedChild } from './factor-stack.js';
export { gatherRows } from './gather.js';
export { gradients } from './gradients.js';
export { groupDots, groupScale, spansOf, type DotsAttributes, type ScaleAttributes } from './groups.js';
export { layerNorm } from './layer-norm.js';
export { linear, type LinearAttributes, type ProductAttributes } from './linear.js';
export { crossEntropy } from './losses.js';
export { matMul, type MatMulOptions } from './mat-mul.js';
export { parameterRandom } from './parameter-random.js';
export { keyOf, randomWords, seedsOf, type Seeds } from './philox.js';
export { clone, concat, reshape, slice, tile, transpose } from './shape.js';
export { dispose, keep, scope, tensorBytes, tensorCount } from './scope.js';
export { softmax } from './softmax.js';
export { squareSum, type SquareSumAttributes } from './square-sum.js';
export { StackCache } from './stack-cache.js';
export { stopGradient } from './stop-gradient.js';
export { topK } from './top-k.js';
export { webgpuProvider, type WebgpuHost } from './webgpu.js';
export { where } from './where.js';
