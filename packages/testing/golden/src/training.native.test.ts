import { describeTraining } from './training.spec.js';

describeTraining('native');
