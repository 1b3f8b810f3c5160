import { describeConformance } from './conformance.spec.js';

await describeConformance('wasm');
