import { describeConformance } from './conformance.spec.js';

describeConformance('native');
