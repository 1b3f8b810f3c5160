import { describeConformance } from './conformance.spec.js';

await describeConformance('native');
