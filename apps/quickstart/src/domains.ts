/** A domain of reviews: its task, and three sentences that are in no data set. */
export interface Domain {
  readonly task: string;
  readonly sentences: readonly [string, string, string];
}

/** The three domains by name. */
export const DOMAINS = {
  products: {
    task: 'reviews-products',
    sentences: [
      'The battery lasts for days.',
      'It stopped charging after a week.',
      'Cheap, but it does what it should.',
    ],
  },
  films: {
    task: 'reviews-films',
    sentences: [
      'I laughed until the lights went on.',
      'Two hours of my life that I will never get back.',
      'Fine actors, but the story goes nowhere.',
    ],
  },
  restaurants: {
    task: 'reviews-restaurants',
    sentences: [
      'We will come back for the noodles alone.',
      'The soup was cold and the waiter rude.',
      'A nice place, but far too loud to talk.',
    ],
  },
} as const satisfies Record<string, Domain>;

export type DomainName = keyof typeof DOMAINS;

export const NAMES = Object.keys(DOMAINS) as DomainName[];

export const othersOf = (target: DomainName): DomainName[] => NAMES.filter((name) => name !== target);
