import { definePlugin } from '@adapterfusion/contracts';
import { headOptions, type HeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** Options of a multi-label head. */
export type MultiLabelClassificationOptions = HeadOptions;

/**
 * A head that decides about every label on its own, as AdapterHub's multi-label classification head.
 * @throws OPTIONS_INVALID
 */
export const multiLabelClassification = definePlugin<'head', MultiLabelClassificationOptions>({
  kind: 'head',
  id: 'multi-label-classification',
  packageName: '@adapterfusion/head-multi-label-classification',
  packageVersion: '0.1.0',
  supports: { tasks: ['multi-label-classification'], pooling: true, layers: true },
  options: (input) => headOptions('multi-label-classification', input),
  create: createHead,
});
