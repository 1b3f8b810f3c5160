export { anliR1, anliR2, anliR3 } from './anli.js';
export { scitail } from './scitail.js';
export { sick } from './sick.js';
export { snli } from './snli.js';
