import { describeTraining } from './training.spec.js';

describeTraining('wasm');
