/** Element types a tensor may have here. */
export type DType = 'float32' | 'int32' | 'bool';

/**
 * A tensor as the contract sees it: structural, so that no declaration file of ours mentions a tensor library. Plugins
 * pass tensors to the operations of `@adapterfusion/tensor` and never look inside.
 */
export interface Tensor {
  readonly id: number;
  readonly shape: number[];
  readonly size: number;
  /** Frees the memory. Using the tensor afterwards throws. */
  dispose(): void;
  /** The values, in row-major order. The only way to read that works on every backend. */
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
}

/** Learned tensors by name. Whoever holds the object owns its tensors. */
export type Params = { readonly [name: string]: Tensor };
