export { reviewsFilms, reviewsProducts, reviewsRestaurants, type NoOptions } from './tasks.js';
