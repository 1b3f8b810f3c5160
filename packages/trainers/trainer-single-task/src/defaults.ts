import type { LoopSettings } from '@adapterfusion/contracts';

/** What differs from the loop's own defaults. */
export const ADAPTER_SETTINGS: Partial<LoopSettings> = Object.freeze({ learningRate: 5e-4 });

export const HEAD_SETTINGS: Partial<LoopSettings> = Object.freeze({ learningRate: 1e-3 });
