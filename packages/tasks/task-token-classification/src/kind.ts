import {
  AdapterFusionError,
  type Row,
  type TaskContext,
  type TaskKind,
  type TaskMetric,
} from '@adapterfusion/contracts';
import { softmax } from '@adapterfusion/metrics';
import { tokenOffsets } from '@adapterfusion/text/offsets';
import { countEntities, entitiesOf, entityScores, type Entity } from './entities.js';
import { parseTagged, tagNames, type TaggedText } from './words.js';

/** The answer to a text. */
export interface TokenClassificationAnswer {
  /** Where tags are IOB2; otherwise none. */
  readonly entities: readonly Entity[];
  /** A tag for each word. */
  readonly tags: readonly string[];
}

type Tags = readonly number[];
type Kind = TaskKind<TaggedText, Tags, TokenClassificationAnswer>;

/** What a row's tokens are: the first token of a word has its index, any other −1. */
type Places = readonly number[];

/**
 * @throws OPTIONS_INVALID for labels some of which are IOB2 tags and some not
 */
export function createKind(labels: TaskContext['labels']): Kind {
  const scheme = schemeOf(labels);
  const outside = Math.max(0, labels.indexOf('O'));
  const written = (rows: readonly Tags[]): string[][] => rows.map((tags) => tags.map((tag) => labels[tag]!));
  const entityMetric = (name: 'f1' | 'precision' | 'recall'): TaskMetric<Tags, Tags> => ({
    name,
    better: 'higher',
    compute: (predictions, targets) => entityScores(countEntities(written(predictions), written(targets)))[name],
  });
  return {
    labels,
    defaultHead: '@adapterfusion/head-token-classification#token-classification',
    metrics: [
      ...(scheme === 'iob2' ? (['f1', 'precision', 'recall'] as const).map(entityMetric) : []),
      { name: 'accuracy', better: 'higher', compute: wordAccuracy },
    ],

    parse: (fields, at) => parseTagged(fields, labels, at),
    labelsIn: tagNames,
    target: ({ tags }) => tags,
    texts: ({ text }) => [text],

    encode({ text, words, tags }, tokenizer, { maxLength }) {
      const { ids, offsets } = tokenOffsets(tokenizer, text);
      const places = firstTokens(words, offsets);
      const room = maxLength - tokenizer.assemble([]).ids.length;
      if (room < 1) throw noRoom(maxLength);
      return windowsOf(places, room).map(([from, until]): Row<Tags> => {
        const encoding = tokenizer.assemble(ids.slice(from, until));
        const info: Places = padded(places.slice(from, until), encoding.starts[0]!, encoding.ids.length);
        const target = tags && info.map((word) => (word < 0 ? -1 : tags[word]!));
        return { group: [encoding], info, ...(target ? { target } : {}) };
      });
    },
    collate(targets, { time }) {
      const data = new Int32Array(targets.length * time).fill(-1);
      targets.forEach((tags, row) => data.set(tags, row * time));
      return { labels: { data, shape: [targets.length, time] } };
    },
    classes: (tags) => tags.filter((tag) => tag >= 0),
    stratum: () => undefined,

    decode(outputs, rows, { text, words }) {
      const tags = words.map(() => outside);
      const scores = words.map(() => 0);
      rows.forEach(({ info }, row) => {
        const { values } = outputs[row]!;
        (info as Places).forEach((word, token) => {
          if (word < 0) return;
          const shares = softmax(values.subarray(token * labels.length, (token + 1) * labels.length));
          scores[word] = Math.max(...shares);
          tags[word] = shares.indexOf(scores[word]);
        });
      });
      const names = tags.map((tag) => labels[tag]!);
      const entities = scheme === 'iob2' ? entitiesOf(names) : [];
      return {
        entities: entities.map(({ type, first, last }): Entity => {
          const [start, end] = [words[first]![0], words[last]![1]];
          const own = scores.slice(first, last + 1);
          const score = own.reduce((sum, each) => sum + each, 0) / own.length;
          return { label: type, start, end, text: text.slice(start, end), score };
        }),
        tags: names,
      };
    },
    prediction: ({ tags }) => tags.map((tag) => labels.indexOf(tag)),
    error({ tags }, target) {
      return tags.filter((tag, word) => tag !== labels[target[word]!]).length / Math.max(1, tags.length);
    },
    categories: (tags) =>
      scheme === 'iob2'
        ? [...new Set(entitiesOf(tags.map((tag) => labels[tag]!)).map(({ type }) => type))]
        : [...new Set(tags.map((tag) => labels[tag]!))],
    describe(value, { text, words }) {
      const names = value.map((tag) => labels[tag]!);
      if (scheme !== 'iob2') return names.join(' ');
      const shown = entitiesOf(names).map(
        ({ type, first, last }) => `${text.slice(words[first]![0], words[last]![1])} (${type})`,
      );
      return shown.join(', ') || 'no entity';
    },
    baseline(targets) {
      const counts = labels.map(() => 0);
      for (const tag of targets.flat()) if (tag >= 0) counts[tag]!++;
      const tag = scheme === 'iob2' ? outside : counts.indexOf(Math.max(...counts));
      return { name: scheme === 'iob2' ? 'no entity' : 'majority', predict: ({ words = [] }) => words.map(() => tag) };
    },
  };
}

function schemeOf(labels: readonly string[]): 'iob2' | 'plain' {
  const prefixed = labels.filter((label) => /^[BI]-/.test(label));
  if (prefixed.length === 0 && !labels.some((label) => /^[BI]$/.test(label))) return 'plain';
  const wrong = labels.find((label) => !/^(O|[BI]-.+)$/s.test(label));
  if (wrong === undefined) return 'iob2';
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'token-classification.labels',
    expected: 'IOB2 tags: O, and B- or I- followed by a type',
    got: JSON.stringify(wrong),
    fix: 'Name the type of every entity, for example B-PER, or use tags without prefixes.',
  });
}

/** Of each token the word that it is the first of, or −1. */
function firstTokens(
  words: readonly (readonly [number, number])[],
  offsets: readonly (readonly [number, number])[],
): number[] {
  let word = 0;
  let done = -1;
  return offsets.map(([start]) => {
    while (word < words.length - 1 && start >= words[word]![1]) word++;
    const [from, until] = words[word]!;
    if (word === done || start < from || start >= until) return -1;
    done = word;
    return word;
  });
}

/** Stretches of tokens that fit, each but the first beginning with a word where one begins in its room. */
function windowsOf(places: readonly number[], room: number): (readonly [from: number, until: number])[] {
  const windows: (readonly [number, number])[] = [];
  for (let from = 0; from < places.length || windows.length === 0;) {
    let until = Math.min(places.length, from + room);
    if (until < places.length) {
      let cut = until;
      while (cut > from && places[cut]! < 0) cut--;
      if (cut > from) until = cut;
    }
    windows.push([from, until]);
    if (until <= from) break;
    from = until;
  }
  return windows;
}

/** Places of a row's tokens, special tokens and what is after them having none. */
function padded(places: readonly number[], start: number, length: number): number[] {
  const all = new Array<number>(length).fill(-1);
  places.forEach((word, at) => (all[start + at] = word));
  return all;
}

function wordAccuracy(predictions: readonly Tags[], targets: readonly Tags[]): number {
  let [right, all] = [0, 0];
  targets.forEach((tags, row) =>
    tags.forEach((tag, word) => {
      all++;
      if (predictions[row]![word] === tag) right++;
    }),
  );
  return all === 0 ? 0 : right / all;
}

const noRoom = (maxLength: number): AdapterFusionError =>
  new AdapterFusionError('OPTIONS_INVALID', {
    at: 'maxLength',
    expected: 'room for a token between the special tokens',
    got: String(maxLength),
    fix: '128 suits most tasks.',
  });
