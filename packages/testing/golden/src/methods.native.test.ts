import { describeMethods } from './methods.spec.js';

describeMethods('native');
