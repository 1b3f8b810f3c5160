export { fusion } from './fusion.js';
