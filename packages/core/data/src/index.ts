export { collect, splitSizes, type SplitSize } from './collect.js';
export { checkColumns, type Row, type Value } from './columns.js';
export { toExamples, type ExampleColumns } from './examples.js';
export { folderDataset, type FolderLayout } from './folder-dataset.js';
export { formatOf } from './format.js';
export { inferLabels } from './labels.js';
export { memorySource } from './memory-source.js';
export { readRows, type FileFormat, type ReadOptions } from './rows.js';
export { stratifiedSplit, type SplitOptions, type SplitRows } from './split.js';
