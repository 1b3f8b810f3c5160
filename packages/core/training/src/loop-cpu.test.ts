import { loopSuite } from '../fixtures/loop-suite.js';

loopSuite('cpu');
