import { beforeAll, describe, it } from 'vitest';
// The specification stands beside the operations; it is no part of what the package publishes.
// eslint-disable-next-line @nx/enforce-module-boundaries -- tests of the operations themselves, on one backend more
import { describeOperations } from '../../../core/tensor/src/operations.spec.js';
import { lacks, open } from './shared.js';

/* As on an addon of the project's own, which has no library of our operations. */
process.env['ADAPTERFUSION_KERNELS'] = 'off';

const lack = lacks('native', { shared: false });
if (lack) describe.skip(lack, () => it('operations on native, composed', () => undefined));
else describeOperations({ beforeAll, describe, it }, 'native', () => open('native'));
