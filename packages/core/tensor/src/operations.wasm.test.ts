import { beforeAll, describe, it } from 'vitest';
import { openBackend } from './index.js';
import { describeOperations } from './operations.spec.js';

describeOperations({ beforeAll, describe, it }, 'wasm', () => openBackend('wasm'));
