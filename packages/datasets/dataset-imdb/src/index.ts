export { imdb } from './imdb.js';
