import { testAdapter } from '@adapterfusion/conformance';
import type { AnyConfigured } from '@adapterfusion/contracts';
import { describe, it } from 'vitest';

const path = new URL('../../../packages/cli/fixtures/method/index.js', import.meta.url).href;
const { scaleShift } = (await import(/* @vite-ignore */ path)) as {
  scaleShift(options?: object): AnyConfigured<'adapter'>;
};

/* The method that tests of packages install as a stranger's is one that passes what every method has to. */
for (const options of [{}, { factor: 2 }]) testAdapter({ describe, it }, scaleShift(options));
