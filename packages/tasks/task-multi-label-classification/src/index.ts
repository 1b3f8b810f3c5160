export {
  multiLabelClassification,
  type MultiLabelClassificationAnswer,
  type MultiLabelClassificationOptions,
} from './plugin.js';
