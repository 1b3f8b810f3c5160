export { bars } from './bars.js';
export { reportError, usageLines } from './errors.js';
export { heatMap, weightsHeading } from './heat-map.js';
export { interruptible } from './interrupt.js';
export { Output } from './output.js';
export { clock } from './pace.js';
export { RunView } from './run-view.js';
export { count, metricsLine, percent, table } from './table.js';
export { tableLines } from './table-lines.js';
