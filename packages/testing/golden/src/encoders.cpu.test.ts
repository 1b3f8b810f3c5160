import { CASES, describeEncoder } from './encoders.spec.js';

for (const [kind, cases] of Object.entries(CASES)) describeEncoder(kind, cases, 'cpu');
