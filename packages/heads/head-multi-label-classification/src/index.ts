export { multiLabelClassification, type MultiLabelClassificationOptions } from './plugin.js';
