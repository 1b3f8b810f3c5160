export type { Beside } from './chapter-beside.js';
export { curves, type Curve } from './curves.js';
export { experimentReport } from './experiment-report.js';
export { heatMap } from './heat-map.js';
export { html, type Content, type Html } from './html.js';
export { page, type Page, type Section } from './page.js';
export { scoreTable, type Score } from './scores.js';
