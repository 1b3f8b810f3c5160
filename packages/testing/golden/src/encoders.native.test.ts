import { describeEncoder } from './encoders.spec.js';

const methods = ['base', 'a', 'd', 'l', 'm', 'g', 'i', 'j', 'fuse'];

describeEncoder('bert', methods, 'native');
