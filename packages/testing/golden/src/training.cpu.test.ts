import { describeTraining } from './training.spec.js';

describeTraining('cpu');
