export { lackOfChromium, launch } from './chromium.js';
export { runPage } from './run-page.js';
export { serve } from './serve.js';
