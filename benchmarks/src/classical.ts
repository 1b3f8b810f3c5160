import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { collect, stratifiedSample } from '@adapterfusion/data';
import { logisticRegressionCV, stratifiedFolds, tfidf, type Features, type Fold } from '@adapterfusion/metrics';
import { fileSource } from '@adapterfusion/runtime';
import { openBackend } from '@adapterfusion/tensor';
import { createRegistry, filesOf } from 'adapterfusion';
import { classicalReport, type Cell, type Fit } from './classical-report.js';
import { embed, type Texts } from './embed.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const GRID = [1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4];
const HELD_OUT = 800;
const BUDGETS = [64, 256];
const DRAWS = 3;
/** Tasks by id, and the folders of their data. */
const SETS = { sst2: 'SST-2', trec: 'TREC', subj: 'SUBJ', mr: 'MR', sick: 'SICK' };

/** A cell as the peer gets it. */
interface PeerCell {
  readonly texts: readonly string[];
  readonly labels: readonly number[];
  readonly heldOutTexts: readonly string[];
  readonly heldOutLabels: readonly number[];
  readonly embeddings: string;
  readonly heldOutEmbeddings: string;
  readonly folds: readonly Fold[];
}

type Row = Texts & { readonly label: number };

const registry = createRegistry();

/** The rows of a task's training split. */
async function trainingRows(task: string, folder: string): Promise<{ rows: Row[]; classes: number }> {
  const dataset = registry.configure('dataset', task).create({});
  const rows: Row[] = [];
  for (const { text, pair, label } of await collect(
    dataset,
    'train',
    fileSource(filesOf(), `${SHARED}/data/${folder}`),
  ))
    rows.push({ text, label: label!, ...(pair === undefined ? {} : { pair }) });
  return { rows, classes: dataset.task.labels?.length ?? 0 };
}

/** Rows drawn from those that are free, which they are taken out of; every class has its share. */
function draw(rows: readonly Row[], free: readonly number[], count: number, seed: number): number[] {
  const labels = free.map((row) => rows[row]!.label);
  return stratifiedSample(labels, { rows: count, seed }).map((at) => free[at]!);
}

/** Chooses C and fits; accuracy on held-out rows. */
function fit(
  [features, heldOut]: readonly [Features, Features],
  { labels, folds, heldOutLabels }: PeerCell,
  options: { readonly classes: number; readonly width: number },
): Fit {
  const { c, path, model } = logisticRegressionCV(features, labels, { ...options, scaling: 'none', grid: GRID, folds });
  const predictions = model.predict(heldOut);
  const right = predictions.filter((prediction, row) => prediction === heldOutLabels[row]).length;
  return { accuracy: right / predictions.length, c, path: path.map(({ logLoss }) => logLoss) };
}

const base64 = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
const joined = ({ text, pair }: Texts): string => (pair === undefined ? text : `${text} ${pair}`);

/** The cells of one data set: ours, and what the peer needs. */
async function cellsOf(task: string, folder: string) {
  const { rows, classes } = await trainingRows(task, folder);
  const held = draw(rows, [...rows.keys()], HELD_OUT, 0);
  const free = [...rows.keys()].filter((row) => !held.includes(row));
  const draws = Array.from({ length: DRAWS }, (_, seed) => draw(rows, free, Math.max(...BUDGETS), seed + 1));
  const used = [...new Set([...held, ...draws.flat()])];
  const { values, width } = await embed(
    `${SHARED}/models/all-MiniLM-L6-v2`,
    registry,
    used.map((row) => rows[row]!),
  );
  const places = new Map(used.map((row, place) => [row, place]));
  const gather = (wanted: readonly number[]): Float32Array => {
    const found = new Float32Array(wanted.length * width);
    wanted.forEach((row, at) =>
      found.set(values.subarray(places.get(row)! * width, (places.get(row)! + 1) * width), at * width),
    );
    return found;
  };
  const texts = (wanted: readonly number[]): string[] => wanted.map((row) => joined(rows[row]!));
  return BUDGETS.flatMap((budget) =>
    draws.map((drawn, seed) => {
      const train = budget === drawn.length ? drawn : draw(rows, drawn, budget, seed + 1);
      const labels = train.map((row) => rows[row]!.label);
      const [embeddings, heldOutEmbeddings] = [gather(train), gather(held)];
      const peer: PeerCell = {
        ...{
          texts: texts(train),
          labels,
          heldOutTexts: texts(held),
          heldOutLabels: held.map((row) => rows[row]!.label),
        },
        ...{ embeddings: base64(embeddings), heldOutEmbeddings: base64(heldOutEmbeddings) },
        folds: stratifiedFolds(labels, { folds: 5, repeats: 3, seed }),
      };
      const vectorizer = tfidf(peer.texts, { sublinear: true });
      const words = [vectorizer.transform(peer.texts), vectorizer.transform(peer.heldOutTexts)] as const;
      const begun = performance.now();
      const ours = {
        tfidf: fit(words, peer, { classes, width: vectorizer.terms.length }),
        embedding: fit([embeddings, heldOutEmbeddings], peer, { classes, width }),
      };
      const seconds = (performance.now() - begun) / 1000;
      return { peer, width, cell: { task, budget, draw: seed + 1, ours, seconds } };
    }),
  );
}

async function main([python = 'python3']: readonly string[]): Promise<void> {
  await openBackend('auto');
  const all = [];
  for (const [task, folder] of Object.entries(SETS)) {
    all.push(...(await cellsOf(task, folder)));
    process.stderr.write(`${task}: fitted\n`);
  }
  const place = await mkdtemp(join(tmpdir(), 'classical-'));
  const file = join(place, 'cells.json');
  await writeFile(file, JSON.stringify({ grid: GRID, width: all[0]!.width, cells: all.map(({ peer }) => peer) }));
  const script = fileURLToPath(new URL('../peer/classical.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python, [script, file], { maxBuffer: 2 ** 28 });
  await rm(place, { recursive: true });
  const { version, results } = JSON.parse(stdout) as { version: string; results: Cell['theirs'][] };
  const cells = all.map(({ cell }, at): Cell => ({ ...cell, theirs: results[at]! }));
  await writeFile(
    fileURLToPath(new URL('../../docs/classical.md', import.meta.url)),
    classicalReport(cells, version, HELD_OUT),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
