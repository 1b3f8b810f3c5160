import { definePlugin, parseOptions, type Dataset, type PluginFactory } from '@adapterfusion/contracts';
import { locate } from './locate.js';
import { readSentences } from './sentences.js';
import { splitOf } from './split.js';

/** The tasks of this package take no options. */
export type NoOptions = Readonly<Record<string, never>>;

const LICENCE =
  'UCI "Sentiment Labelled Sentences" (Kotzias et al. 2015), CC BY 4.0 as UCI states it; from the npm package sentiment 5.0.2 (MIT)';

function task(id: string, file: string): PluginFactory<'dataset', NoOptions> {
  return definePlugin<'dataset', NoOptions>({
    kind: 'dataset',
    id,
    packageName: '@adapterfusion/dataset-reviews',
    packageVersion: '0.1.0',
    supports: { streaming: false },
    options: (input) => parseOptions({}, input, id),
    create: () => reviews(file),
  });
}

function reviews(file: string): Dataset {
  return {
    task: { type: 'text-classification', labels: ['negative', 'positive'] },
    metrics: ['accuracy'],
    licence: LICENCE,
    home: { package: 'sentiment', folder: 'test/fixtures' },
    async splits(source) {
      await locate(source, file);
      return ['train', 'validation', 'test'];
    },
    async *examples(split, source) {
      const name = await locate(source, file);
      const at = source.describe(name);
      yield* splitOf(readSentences(await source.read(name), at), split, at);
    },
  };
}

/** Is a sentence from a review of a product (Amazon: mostly telephones and what goes with them) kind? */
export const reviewsProducts = task('reviews-products', 'amazon.json');

/** Is a sentence from a review of a film (IMDb) kind? */
export const reviewsFilms = task('reviews-films', 'imdb.json');

/** Is a sentence from a review of a restaurant (Yelp) kind? */
export const reviewsRestaurants = task('reviews-restaurants', 'yelp.json');
