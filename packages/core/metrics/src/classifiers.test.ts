import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logisticRegressionCV } from './logistic-regression-cv.js';
import { logisticRegression } from './logistic-regression.js';
import type { Scaling } from './feature-scaling.js';
import { logLoss } from './log-loss.js';
import type { SparseRows } from './sparse-rows.js';
import { tfidf } from './tfidf.js';

interface Given {
  width: number;
  classes: number;
  features: number[];
  labels: number[];
  weights: number[];
  bias: number[];
}
/** Made by scikit-learn: `fixtures/make_classifiers.py`. */
const expected = JSON.parse(readFileSync(new URL('../fixtures/classifiers.json', import.meta.url), 'utf8')) as {
  texts: string[];
  labels: number[];
  new: string[];
  tfidf: {
    sublinear: boolean;
    minTexts: number;
    terms: string[];
    idf: number[];
    train: { [term: string]: number }[];
    new: { [term: string]: number }[];
  }[];
  textProbabilities: { c: number; new: number[] };
  fits: (Given & { c: number; scaling: Scaling; rowWeights: number[] | null; balanced: boolean })[];
  choices: (Given & { grid: number[]; folds: { train: number[]; test: number[] }[]; logLoss: number[]; c: number })[];
};

function difference(got: ArrayLike<number>, want: readonly number[]): number {
  expect(got).toHaveLength(want.length);
  return want.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index]!)), 0);
}

/** Dense rows as sparse ones. */
function sparse({ features, width }: Given): SparseRows {
  const places = [...features.keys()].filter((at) => features[at] !== 0);
  const offsets = Uint32Array.from(
    { length: features.length / width + 1 },
    (_, row) => places.filter((at) => at < row * width).length,
  );
  return {
    width,
    offsets,
    indices: Uint32Array.from(places, (at) => at % width),
    values: Float64Array.from(places, (at) => features[at]!),
  };
}

describe.each(expected.tfidf)('TF-IDF as scikit-learn, sublinear $sublinear, from $minTexts texts', (given) => {
  const vectorizer = tfidf(expected.texts, { sublinear: given.sublinear, minTexts: given.minTexts });

  it('has the same terms and inverse document frequencies', () => {
    expect([...vectorizer.terms].sort()).toEqual([...given.terms].sort());
    const wanted = new Map(given.terms.map((term, at) => [term, given.idf[at]!]));
    vectorizer.terms.forEach((term, at) => expect(vectorizer.idf[at]).toBeCloseTo(wanted.get(term)!, 7));
  });

  it.each(['train', 'new'] as const)('has the same rows of %s texts', (which) => {
    const { offsets, indices, values } = vectorizer.transform(which === 'train' ? expected.texts : expected.new);
    for (const [row, wanted] of given[which].entries()) {
      const places = [...values.keys()].slice(offsets[row], offsets[row + 1]);
      expect(places.map((at) => vectorizer.terms[indices[at]!]).sort()).toEqual(Object.keys(wanted).sort());
      for (const at of places) expect(values[at]).toBeCloseTo(wanted[vectorizer.terms[indices[at]!]!]!, 7);
    }
  });
});

describe('logistic regression as scikit-learn', () => {
  it('gives TF-IDF features the same probabilities', () => {
    const vectorizer = tfidf(expected.texts);
    const { c, new: wanted } = expected.textProbabilities;
    const model = logisticRegression(vectorizer.transform(expected.texts), expected.labels, { classes: 3, l2: 1 / c });
    expect(difference(model.probabilities(vectorizer.transform(expected.new)), wanted)).toBeLessThan(1e-6);
  });

  it.each(expected.fits)('$classes classes, C $c, $scaling, balanced $balanced', (given) => {
    const { width, classes, c, scaling, rowWeights, balanced, labels } = given;
    const options = {
      ...{ width, classes, scaling, l2: 1 / c },
      ...(rowWeights ? { rowWeights } : {}),
      ...(balanced ? { classWeights: 'balanced' as const } : {}),
    };
    for (const features of [Float32Array.from(given.features), Float64Array.from(given.features), sparse(given)]) {
      const model = logisticRegression(features, labels, options);
      const rounding = features instanceof Float32Array ? 2e-5 : 1e-5;
      expect(difference(model.weights, given.weights)).toBeLessThan(rounding);
      expect(difference(model.bias, given.bias)).toBeLessThan(rounding);
    }
  });
});

describe.each(expected.choices)('LogisticRegressionCV as scikit-learn, $classes classes, $width features', (given) => {
  const { width, classes, labels, grid, folds } = given;
  const found = logisticRegressionCV(Float64Array.from(given.features), labels, {
    ...{ width, classes, scaling: 'unit', grid, folds },
  });

  it('has the same log-loss for each C until two do worse, and chooses the same', () => {
    const tried = found.path.length;
    expect(found.path.map(({ c }) => c)).toEqual(grid.slice(0, tried));
    const best = Math.min(...given.logLoss);
    expect(given.logLoss.slice(tried).every((loss) => loss > best)).toBe(true);
    expect(
      difference(
        found.path.map((each) => each.logLoss),
        given.logLoss.slice(0, tried),
      ),
    ).toBeLessThan(2e-4);
    expect(found.c).toBe(given.c);
  });

  it('is fitted on all rows with the C that was chosen', () => {
    expect(difference(found.model.weights, given.weights)).toBeLessThan(2e-5);
    expect(difference(found.model.bias, given.bias)).toBeLessThan(2e-5);
  });

  it('has probabilities of each row by models that have not seen it', () => {
    const inSample = found.model.probabilities(Float64Array.from(given.features));
    const outOfFold = logLoss(found.outOfFold, labels, classes);
    expect(outOfFold).toBeGreaterThan(logLoss(inSample, labels, classes));
    // A mean of probabilities has at most the mean loss of its parts (Jensen).
    expect(outOfFold).toBeLessThan(Math.min(...given.logLoss) + 1e-3);
    for (const row of labels.keys()) {
      const own = found.outOfFold.subarray(row * classes, (row + 1) * classes);
      expect(own.reduce((sum, value) => sum + value)).toBeCloseTo(1, 12);
    }
  });
});
