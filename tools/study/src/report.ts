import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash32 } from '@adapterfusion/contracts';
import { unpacked, valueOf, type MeasuredCell } from './cells.js';
import { drawFolder } from './prepare.js';
import { average } from './statistics.js';
import { TARGETS, type SetName } from './sets.js';

/** Methods of the group "own rows only". */
const OWN = ['majority', 'tfidf', 'probe', 'head', 'own-adapter', 'setfit'];

/** All methods of one draw, by name. */
type Draw = ReadonlyMap<string, MeasuredCell>;

/** A difference of two methods, as the protocol defines it. */
export interface Comparison {
  readonly name: string;
  readonly labels: number;
  readonly related: boolean | undefined;
  /** The method that is judged, of a draw, and the one that it is compared with. */
  readonly of: (draw: Draw) => MeasuredCell | undefined;
  readonly than: (draw: Draw, larger: Draw | undefined) => MeasuredCell | undefined;
}

/** A mean difference in points of a hundred, with its 95 % interval. */
export interface Finding {
  readonly name: string;
  readonly encoder: string;
  readonly labels: number;
  readonly targets: number;
  readonly draws: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly byTarget: Readonly<Record<string, number>>;
}

const saved = (draw: Draw): MeasuredCell | undefined =>
  [...draw.values()].find(({ note }) => note?.startsWith('saved:'));

/** The row of a group with the lowest log-loss on the training rows. */
const chosen = (draw: Draw, methods: readonly string[]): MeasuredCell | undefined =>
  methods
    .map((method) => draw.get(method))
    .filter((cell) => cell?.logLoss !== undefined)
    .reduce<MeasuredCell | undefined>(
      (best, cell) => (best && best.logLoss! <= cell!.logLoss! ? best : cell),
      undefined,
    );

/** The row of a group that is best on the measured rows. */
const highest = (draw: Draw, methods: readonly string[]): MeasuredCell | undefined =>
  methods
    .map((method) => draw.get(method))
    .filter((cell) => cell !== undefined)
    .reduce<MeasuredCell | undefined>(
      (best, cell) => (best && valueOf(best) >= valueOf(cell) ? best : cell),
      undefined,
    );

/** The comparisons of the protocol for a budget. */
export const comparisonsOf = (labels: number): Comparison[] => [
  { name: 'composition gain', labels, related: true, of: saved, than: (draw) => chosen(draw, OWN) },
  {
    name: 'composition gain, own row chosen by test rows',
    labels,
    related: true,
    of: saved,
    than: (draw) => highest(draw, OWN),
  },
  { name: 'no harm', labels, related: false, of: saved, than: (draw) => chosen(draw, OWN) },
  {
    name: 'defaults',
    labels,
    related: undefined,
    of: (draw) => draw.get('own-adapter'),
    than: (draw) => chosen(draw, ['tfidf', 'probe']),
  },
  ...['scaling', 'attention'].map((method): Comparison => ({
    name: `learning to mix: ${method}`,
    labels,
    related: true,
    of: (draw) => draw.get(method),
    than: (draw) => draw.get('average'),
  })),
  { name: 'label efficiency', labels, related: true, of: saved, than: (_, larger) => larger?.get('probe') },
];

/** The classes of a target's measured rows, by the places of their names among sorted names. */
function truthOf(out: string, target: SetName): number[] {
  const folder = drawFolder(out, target, 64, 0);
  const labelsIn = (split: string): string[] =>
    readFileSync(join(folder, `${split}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { label: string }).label);
  const known = [...new Set(labelsIn('train'))].sort();
  return labelsIn('test').map((label) => known.indexOf(label));
}

/** The metric that counts, of some of the rows, in points of a hundred. */
function scoreOf(metric: MeasuredCell['metric'], answers: Uint8Array, truth: Uint8Array, rows: Uint32Array): number {
  if (metric === 'accuracy') {
    let right = 0;
    for (const row of rows) if (answers[row] === truth[row]) right++;
    return (100 * right) / rows.length;
  }
  const [hits, given, there] = [new Uint32Array(16), new Uint32Array(16), new Uint32Array(16)];
  let classes = 0;
  for (const row of rows) {
    const [answer, label] = [answers[row]!, truth[row]!];
    given[answer]!++;
    there[label]!++;
    if (answer === label) hits[label]!++;
    classes = Math.max(classes, answer + 1, label + 1);
  }
  let sum = 0;
  let seen = 0;
  for (let k = 0; k < classes; k++) {
    if (given[k]! + there[k]! === 0) continue;
    seen++;
    sum += (2 * hits[k]!) / (given[k]! + there[k]!);
  }
  return (100 * sum) / seen;
}

interface Pair {
  readonly metric: MeasuredCell['metric'];
  readonly of: Uint8Array;
  readonly than: Uint8Array;
}

const SAMPLES = 2000;

/**
 * A comparison with its interval: targets, then draws, then measured rows are drawn again, with replacement.
 * @param out where the rows are, for the truth
 */
export function compare(
  cells: readonly MeasuredCell[],
  encoder: string,
  comparison: Comparison,
  out: string,
): Finding | undefined {
  const draws = new Map<string, Map<string, MeasuredCell>>();
  for (const cell of cells) {
    if (cell.encoder !== encoder) continue;
    const key = `${cell.target} ${cell.draw} ${cell.labels}`;
    draws.set(key, (draws.get(key) ?? new Map<string, MeasuredCell>()).set(cell.arm, cell));
  }
  const targets: { readonly name: SetName; readonly truth: Uint8Array; readonly pairs: Pair[] }[] = [];
  for (const [name, { related }] of Object.entries(TARGETS) as [SetName, { related: boolean }][]) {
    if (comparison.related !== undefined && related !== comparison.related) continue;
    const pairs: Pair[] = [];
    let truth: Uint8Array | undefined;
    for (let draw = 0; draw < 100; draw++) {
      const methods = draws.get(`${name} ${draw} ${comparison.labels}`);
      if (!methods) continue;
      const of = comparison.of(methods);
      const than = comparison.than(methods, draws.get(`${name} ${draw} 256`));
      if (!of?.answers || !than?.answers) continue;
      truth ??= Uint8Array.from(truthOf(out, name));
      const answers = ({ answers: text }: MeasuredCell): Uint8Array => Uint8Array.from(unpacked(text!, truth!.length));
      pairs.push({ metric: of.metric, of: answers(of), than: answers(than) });
    }
    if (truth) targets.push({ name, truth, pairs });
  }
  if (targets.length === 0) return undefined;
  const all = targets.map(({ truth }) => Uint32Array.from(truth.keys()));
  const difference = (at: number, pair: Pair, rows: Uint32Array): number =>
    scoreOf(pair.metric, pair.of, targets[at]!.truth, rows) - scoreOf(pair.metric, pair.than, targets[at]!.truth, rows);
  const means = targets.map(({ pairs }, at) => average(pairs.map((pair) => difference(at, pair, all[at]!))));
  let word = 0;
  const below = (count: number): number => Math.floor((hash32(0x626f6f74, word++) / 2 ** 32) * count);
  const samples = Array.from({ length: SAMPLES }, () =>
    average(
      targets.map(() => {
        const at = below(targets.length);
        const { pairs, truth } = targets[at]!;
        const rows = Uint32Array.from(truth, () => below(truth.length));
        return average(pairs.map(() => difference(at, pairs[below(pairs.length)]!, rows)));
      }),
    ),
  ).sort((a, b) => a - b);
  return {
    ...{ name: comparison.name, encoder, labels: comparison.labels, targets: targets.length },
    draws: Math.min(...targets.map(({ pairs }) => pairs.length)),
    mean: average(means),
    low: samples[Math.floor(0.025 * SAMPLES)]!,
    high: samples[Math.ceil(0.975 * SAMPLES) - 1]!,
    byTarget: Object.fromEntries(targets.map(({ name }, at) => [name, means[at]!])),
  };
}
