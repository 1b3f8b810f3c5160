import { Half, writeSafetensors } from '@adapterfusion/checkpoint';
import { currentBackend } from '@adapterfusion/tensor';
import { card } from './card.js';
import { measureHeldOut } from './measure.js';
import type { Prepared } from './prepare.js';
import { readProgress } from './progress.js';
import type { Workshop } from './recipe.js';
import { newestStudent } from './saved-student.js';
import { corpusSource, teacherSource } from './sources.js';
import { extraShapes, poolingConfig, studentConfig } from './student.js';
import type { Targets } from './targets.js';
import { teachSeconds } from './teach.js';

/**
 * Writes the newest student as files in the hub's layout, at half precision, with its card. Other files of the folder
 * stay.
 * @param out the package's folder
 * @throws FILE_NOT_FOUND where no checkpoint is; RESUME_REFUSED for one of another recipe; FILE_WRITE_FAILED; ABORTED
 */
export async function exportStudent(
  workshop: Workshop,
  prepared: Prepared,
  targets: Targets,
  out: string,
): Promise<void> {
  const { recipe, files, report } = workshop;
  const student = await newestStudent(workshop, prepared, targets.teacher);
  const heldOut = await measureHeldOut(workshop, prepared, targets, student);
  const left = extraShapes(recipe);
  const tensors = [...student.values].filter(([path]) => !left.has(path));
  const parameters = tensors.reduce((total, [, { data }]) => total + data.length, 0);
  const weights = writeSafetensors(tensors.map(([name, { shape, data }]) => ({ name, shape, data: new Half(data) })));
  const progress = await readProgress(workshop, student.step);
  const { device, name, version, threads } = currentBackend();
  const quality = files.join(recipe.state, 'quality.md');
  const text = card({
    ...{ recipe, parameters, heldOut, step: student.step, finished: student.finished, bytes: weights.byteLength },
    corpusHash: String(prepared.origin['corpus']),
    corpus: corpusSource(String(prepared.origin['corpus'])),
    teacher: teacherSource(targets.teacher),
    rows: prepared.rows.firsts.length,
    taught: prepared.rows.ids.length,
    projectionShare: targets.projection.share,
    teachSeconds: await teachSeconds(workshop),
    distilSeconds: progress.seconds,
    tokens: progress.tokens,
    backend: `${name} ${version} (${device}, threads: ${threads})`,
    ...((await files.kind(quality)) === 'file' ? { quality: new TextDecoder().decode(await files.read(quality)) } : {}),
  });
  const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
  const all = new Map([
    ...prepared.tokenizerFiles,
    ['config.json', encode(`${JSON.stringify(studentConfig(recipe), null, 2)}\n`)],
    ['1_Pooling/config.json', encode(`${JSON.stringify(poolingConfig(recipe), null, 2)}\n`)],
    ['README.md', encode(text)],
    ['model.safetensors', weights],
  ]);
  for (const [file, bytes] of all) await files.write(files.join(out, file), bytes);
  report(`${out}: ${parameters} parameters, ${(weights.byteLength / 1e6).toFixed(2)} MB, step ${student.step}`);
}
