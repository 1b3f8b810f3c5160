import { openBackend } from '@adapterfusion/tensor';
import { beforeAll } from 'vitest';
import { describeScaling } from './mix.fixture.js';

beforeAll(() => openBackend('cpu'));
describeScaling('cpu');
