import { describeReference } from './reference.spec.js';

describeReference('cpu');
