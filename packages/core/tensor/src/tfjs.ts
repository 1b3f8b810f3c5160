/**
 * The escape hatch: TensorFlow.js itself, the one instance that everything here runs on. The only place that imports it;
 * for packages that open backends and for people who know what they do.
 */
import * as tf from '@tensorflow/tfjs';

export { tf };
