export { measureGolden, type GoldenMeasure } from './measure.js';
