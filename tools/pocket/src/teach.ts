import { parseSafetensors } from '@adapterfusion/checkpoint';
import type { HostBatch } from '@adapterfusion/contracts';
import {
  currentBackend,
  dispose,
  linear,
  mul,
  read,
  reshape,
  scope,
  sub,
  sum,
  tensor,
  transpose,
} from '@adapterfusion/tensor';
import { pad, evaluationBatches } from '@adapterfusion/text';
import { pace } from './pace.js';
import { made, type Prepared } from './prepare.js';
import { Moments } from './principal.js';
import type { Workshop } from './recipe.js';
import { rowOf } from './rows.js';
import { stopWhereAsked } from './stop.js';
import { readResult, writeResult, type Origin } from './stored.js';
import { Targets } from './targets.js';
import { loadTeacher, type Teacher } from './teacher.js';

/** Rows of a shard. */
const SHARD = 2048;
/** Rows from which the projection is fitted. */
const FITTED = 4096;
const BATCH = 64;

/**
 * The teacher reads every row, and what the student shall learn is kept: its last hidden states along their principal
 * directions, in units of their standard deviation, and the direction of their mean over the row. Both in bytes, a shard
 * of rows at a time, so that an interrupted run goes on with the next shard.
 * @throws what {@link loadTeacher} throws; RESUME_REFUSED; FILE_WRITE_FAILED; ABORTED
 */
export async function teach(workshop: Workshop, prepared: Prepared): Promise<Targets> {
  const { recipe, files, report, signal } = workshop;
  const teacher = await loadTeacher(files, recipe.teacher);
  try {
    const { name, version, threads } = currentBackend();
    const origin: Origin = {
      rows: prepared.hash,
      teacher: teacher.fingerprint,
      hidden: recipe.hidden,
      'held out': recipe.heldOut,
      backend: `${name} ${version}, threads: ${threads}`,
    };
    const projection = await made(workshop, 'projection.safetensors', origin, () => fit(teacher, workshop, prepared));
    const count = prepared.rows.firsts.length;
    const targets = new Targets(prepared.rows, projection, teacher.hidden, teacher.fingerprint);
    const total = prepared.rows.ids.length;
    let tell: ReturnType<typeof pace> | undefined;
    for (let first = 0; first < count; first += SHARD) {
      stopWhereAsked(signal);
      const last = Math.min(first + SHARD, count);
      const shard = `targets/${String(first / SHARD).padStart(5, '0')}.safetensors`;
      const there = await readResult(workshop, shard, origin);
      if (there) targets.take(there, first);
      else {
        tell ??= pace(report, 'teach', 'tokens', total, prepared.rows.starts[first]);
        const at = prepared.rows.starts;
        const begun = performance.now();
        await readRows(teacher, prepared, targets, first, last, signal, (tokens) => tell!(at[first]! + tokens));
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        await writeResult(workshop, shard, origin, targets.part(first, last), { seconds });
      }
    }
    return targets;
  } finally {
    teacher.dispose();
  }
}

/** How long the teacher has taken for the shards that are there. */
export async function teachSeconds({ files, recipe }: Workshop): Promise<number> {
  let total = 0;
  for (const name of await files.list(files.join(recipe.state, 'targets'))) {
    const at = files.join(recipe.state, 'targets', name);
    total += Number(parseSafetensors(await files.read(at), at).metadata['seconds'] ?? 0);
  }
  return total;
}

/** A batch of rows in the teacher's own ids. */
function teacherBatch({ rows, pieces }: Prepared, indices: readonly number[]): HostBatch {
  const own = indices.map((index) => {
    const { ids, types } = rowOf(rows, index);
    return { group: [{ ids: ids.map((id) => pieces[id]!), types }] };
  });
  return pad(own, { padId: pieces[0]! });
}

function batchesOf({ rows: { starts } }: Prepared, first: number, last: number): number[][] {
  const lengths = Array.from({ length: last - first }, (_, at) => starts[first + at + 1]! - starts[first + at]!);
  return evaluationBatches(lengths, BATCH).map((batch) => batch.map((index) => first + index));
}

async function fit(teacher: Teacher, workshop: Workshop, prepared: Prepared) {
  const { recipe, report, signal } = workshop;
  const moments = new Moments(teacher.hidden);
  const first = recipe.heldOut;
  const last = Math.min(first + FITTED, prepared.rows.firsts.length);
  for (const indices of batchesOf(prepared, first, last)) {
    stopWhereAsked(signal);
    const batch = teacherBatch(prepared, indices);
    const [squares, total] = scope(() => {
      const { hidden, mask } = teacher.states(batch);
      const tokens = reshape(mul(hidden, reshape(mask, [...batch.shape, 1])), [-1, teacher.hidden]);
      return [linear(transpose(tokens), tokens, undefined, { transposed: true }), sum(tokens, 0)] as const;
    });
    const tokens = batch.mask.reduce((count, one) => count + one, 0);
    moments.add(await read(squares), await read(total), tokens);
    dispose([squares, total]);
  }
  const { mean, directions, deviations, share } = moments.principal(recipe.hidden);
  report(`projection: ${recipe.hidden} of ${teacher.hidden} directions, ${(100 * share).toFixed(1)} % of the variance`);
  return [
    { name: 'mean', shape: [teacher.hidden], data: mean },
    { name: 'directions', shape: [recipe.hidden, teacher.hidden], data: directions },
    { name: 'deviations', shape: [recipe.hidden], data: deviations },
    { name: 'share', shape: [], data: Float32Array.of(share) },
  ];
}

async function readRows(
  teacher: Teacher,
  prepared: Prepared,
  targets: Targets,
  first: number,
  last: number,
  signal: AbortSignal,
  progress: (tokens: number) => void,
): Promise<void> {
  const { mean, directions } = targets.projection;
  const width = directions.length / teacher.hidden;
  const centre = tensor(mean, [teacher.hidden]);
  const basis = tensor(directions, [width, teacher.hidden]);
  let tokens = 0;
  try {
    for (const indices of batchesOf(prepared, first, last)) {
      stopWhereAsked(signal);
      const batch = teacherBatch(prepared, indices);
      const [projected, pooled] = scope(() => {
        const { hidden, mask } = teacher.states(batch);
        const weights = reshape(mask, [...batch.shape, 1]);
        return [linear(sub(hidden, centre), basis), sum(mul(hidden, weights), 1)] as const;
      });
      targets.put(indices, batch.shape[1], await read(projected), await read(pooled));
      dispose([projected, pooled]);
      tokens += batch.mask.reduce((count, one) => count + one, 0);
      progress(tokens);
    }
  } finally {
    dispose([centre, basis]);
  }
}
