import { describeReference } from './reference.spec.js';

describeReference('wasm');
