import { basename } from 'node:path';
import type { LossValues } from './distil-model.js';
import { flagOf, PUBLISHED, type Recipe } from './recipe.js';
import type { Source } from './sources.js';

/** What the card tells of a run. */
export interface CardFacts {
  readonly recipe: Recipe;
  /** Parameters of the encoder. */
  readonly parameters: number;
  /** Bytes of model.safetensors. */
  readonly bytes: number;
  readonly corpus: Source;
  readonly corpusHash: string;
  readonly teacher: Source;
  readonly rows: number;
  /** Tokens that the teacher read. */
  readonly taught: number;
  readonly projectionShare: number;
  readonly step: number;
  readonly finished: boolean;
  readonly teachSeconds: number;
  readonly distilSeconds: number;
  /** Tokens that the student read, each as often as it did. */
  readonly tokens: number;
  readonly backend: string;
  readonly heldOut: LossValues;
  /** A table in Markdown that another command measured; left out while there is none. */
  readonly quality?: string;
}

const count = (value: number): string => value.toLocaleString('en-US');
const minutes = (seconds: number): string => `${count(Math.round(seconds / 60))} minutes`;

/** The package's README: the model card. */
export function card(facts: CardFacts): string {
  const { recipe, heldOut } = facts;
  const changed = Object.entries(PUBLISHED)
    .filter(([key, value]) => recipe[key as keyof typeof PUBLISHED] !== value)
    .map(([key]) => ` ${flagOf(key)} ${recipe[key as keyof typeof PUBLISHED]}`);
  return `# @adapterfusion/pocket

A pocket-sized English encoder: BERT with ${recipe.layers} layers of width ${recipe.hidden}, ${count(facts.parameters)} parameters, ${(facts.bytes / 1e6).toFixed(1)} MB in float16.
It stands in for a large encoder in examples and tests, and where little memory is at hand. Weights only, no code.

## Install

\`\`\`sh
npm install @adapterfusion/pocket adapterfusion
\`\`\`

\`\`\`ts no-run
import { load } from 'adapterfusion';

const model = await load('runs/reviews', { model: '@adapterfusion/pocket' });
console.log(await model.predict(['A pleasure from beginning to end.']));
model.dispose();
\`\`\`

The folder has the hub's layout: \`config.json\`, \`model.safetensors\`, \`tokenizer.json\`, \`vocab.txt\`, \`tokenizer_config.json\`,
\`1_Pooling/config.json\` (mean pooling).
Inputs have at most 256 tokens; the encoder was trained on ${recipe.maxLength} and fewer.

## How it was made

| what               | value |
| ------------------ | ----- |
| data               | ${facts.corpus.what}; ${count(facts.rows)} rows of one or two sentences drawn from all of it, ${count(facts.taught)} tokens |
| teacher            | ${facts.teacher.what} |
| vocabulary         | ${count(recipe.vocabulary)} pieces of the teacher's WordPiece vocabulary, lower case |
| start              | the teacher's embeddings along their ${recipe.hidden} principal directions; the layers at random |
| losses             | the teacher's last hidden states (${recipe.hidden} principal directions, ${(100 * facts.projectionShare).toFixed(0)} % of their variance) + cosines between rows + masked words |
| steps              | ${count(facts.step)} of ${recipe.batchSize} rows, ${count(facts.tokens)} tokens${facts.finished ? '' : '; **the run is not finished**'} |
| optimiser          | AdamW, peak learning rate ${recipe.learningRate}, linear warm-up and decay, seed ${recipe.seed} |
| time               | teacher ${minutes(facts.teachSeconds)}, student ${minutes(facts.distilSeconds)}, on ${facts.backend} |
| corpus, SHA-256    | \`${facts.corpusHash}\` |

\`\`\`sh
node tools/pocket/bin.js make --corpus ${basename(recipe.corpus)} --teacher ${basename(recipe.teacher)} --state runs/pocket${changed.join('')}
\`\`\`

On ${count(recipe.heldOut)} rows that were held out:

| loss | value |
| ---- | ----- |
| hidden states: squared error, in units of their variance | ${heldOut.states.toFixed(4)} |
| cosines between rows: squared error | ${heldOut.similarity.toFixed(5)} |
| masked words: cross-entropy in nats | ${heldOut.words.toFixed(3)} |
${facts.quality === undefined ? '' : `\n## Quality\n\n${facts.quality.trim()}\n`}
## Limits

English, lower case. It knows what an encyclopedia says and how its teacher sees it, prejudices of both included. It is
far smaller than the encoders people use for real work: expect less, above all where two sentences are to be compared.

## Licence and sources

The weights are published under Apache-2.0. They were computed from

- ${facts.teacher.licence};
- ${facts.corpus.licence}.
`;
}
