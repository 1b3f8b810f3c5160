import { definePlugin, option } from '@adapterfusion/contracts';
import { headOptions, type HeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** What a regression head can be set to. */
export interface RegressionOptions extends HeadOptions {
  /** What the answers are centred on: the mean of the numbers that the head is trained on. */
  readonly centre: number;
  /** What the output layer's 1 stands for: the deviation of these numbers. */
  readonly scale: number;
}

const MORE = {
  centre: option.number(0, {}),
  scale: option.custom<number>(1, (got) =>
    Number.isFinite(got) && (got as number) > 0 ? undefined : 'a number above 0',
  ),
};

/**
 * A head that answers with a number in the task's own unit, as AdapterHub's classification head with one label.
 * @throws OPTIONS_INVALID
 */
export const regression = definePlugin<'head', RegressionOptions>({
  kind: 'head',
  id: 'regression',
  packageName: '@adapterfusion/head-regression',
  packageVersion: '0.1.0',
  supports: { tasks: ['regression'], standardises: true, pooling: true, layers: true },
  options: (input) => headOptions('regression', input, MORE),
  create: createHead,
});
