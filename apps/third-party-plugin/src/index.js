export { film } from './film.js';
export { loudest } from './loudest.js';
