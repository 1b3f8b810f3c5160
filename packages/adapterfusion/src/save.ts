import type { BackboneRecord, BundleKind, MetricRecord } from '@adapterfusion/checkpoint';
import { describeModel, packEncoder, writeBundle } from '@adapterfusion/runtime';
import type { SavedEvent } from './events.js';
import { lastOf } from './names.js';
import type { TrainingOptions } from './options.js';
import { runFolder } from './run.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** Writes the bundle, with the encoder where its kind is `model`; removes the run's checkpoints. */
export async function save(
  session: Session,
  task: Task,
  kind: BundleKind,
  name: string,
  metrics: { readonly [name: string]: number },
  rows: number,
  options: TrainingOptions,
): Promise<SavedEvent> {
  const { files, registry, encoder, model, backend } = session;
  const data = `${task.data.name}, ${task.measured.split}`;
  const records: MetricRecord[] = Object.entries(metrics).map(([metric, value]) => ({
    name: metric,
    value,
    data,
    rows,
  }));
  const described = await describeModel(model);
  const packed = kind === 'model' ? await packEncoder(model, session.settings) : undefined;
  const given = { ...encoder, id: portable(encoder.id) };
  const setup = {
    ...described,
    kind,
    name,
    backbone: packed ? tuned(given, name, packed.fingerprint) : given,
    metrics: records,
    training: {
      strategy: task.trainer.plugin.id,
      data: task.data.name,
      licence: task.data.dataset.licence,
      trainRows: task.train.length,
      availableRows: task.available,
      settings: { ...task.settings },
      backend: `${backend.name} ${backend.version}, ${backend.threads} threads`,
    },
  };
  await writeBundle(files, options.out, setup, registry, {
    replace: options.overwrite ?? false,
    ...(packed ? { encoder: packed } : {}),
  });
  await files.remove(runFolder(options.out));
  const count = (part: string): number => model.parameters.count((path) => path.startsWith(`${part}/`));
  const [adapters, fusions, heads] = [count('adapters'), count('fusions'), count('heads')];
  const learned = adapters + fusions + heads;
  const parameters = { encoder: model.parameters.count() - learned, adapters, fusions, heads };
  const stored = learned + (packed === undefined ? 0 : parameters.encoder);
  return { type: 'saved', path: options.out, kind, metrics, stored, parameters };
}

/** What a bundle says of an encoder that was made from another. */
function tuned(from: BackboneRecord, name: string, fingerprint: string): BackboneRecord {
  return { ...from, id: name, fingerprint, tunedFrom: { id: from.id, fingerprint: from.fingerprint! } };
}

/** An encoder's path as a bundle names it: whoever gets the bundle has no use for a path of this machine. */
const portable = (path: string): string => (/^([/\\]|[A-Za-z]:)/.test(path) ? lastOf(path) : path);
