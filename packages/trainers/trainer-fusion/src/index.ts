export { fusion, type FusionTrainingOptions } from './fusion.js';
