import { openBackend } from '@adapterfusion/tensor';
import { beforeAll } from 'vitest';
import { describeMix } from './mix.spec.js';

beforeAll(() => openBackend('cpu'));
describeMix('cpu');
