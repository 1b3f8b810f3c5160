import type { BackboneRecord } from '@adapterfusion/checkpoint';
import type { Files } from '@adapterfusion/contracts';
import { checkPlace, describeModel, isBundle, packEncoder, writeBundle, type Setup } from '@adapterfusion/runtime';
import type { SavedEvent } from './events.js';
import { runFolder } from './run.js';
import { backboneOf, countsOf, metricRecords, portable, shown, standsOn, trainingRecord, tuned } from './save.js';
import type { Place, Result } from './save.js';
import type { Session } from './session.js';

/**
 * Checks the places of a bundle for every task's adapter, below `out`, and for the encoder at `out` where it is tuned. What
 * a run that was killed while it saved has written may be replaced by the run that goes on.
 * @returns whether bundles may be replaced
 * @throws FILE_EXISTS
 */
export async function checkPlaces(
  files: Files,
  { out, overwrite = false }: Place,
  names: readonly string[],
  withEncoder: boolean,
): Promise<boolean> {
  const replace = overwrite || (await files.kind(runFolder(out))) !== undefined;
  if (withEncoder) await checkPlace(files, out, replace);
  else if ((await files.kind(out)) === 'file' || (await isBundle(files, out))) await checkPlace(files, out, false);
  for (const name of names) await checkPlace(files, files.join(out, name), replace);
  return replace;
}

/**
 * Writes a bundle for every task's adapter and its head, below `out`; where the encoder was tuned with them, at `out` first
 * a bundle that carries it, on which they stand. Removes the run's checkpoints.
 * @param name of the encoder
 * @param replace whether bundles that are there may be replaced
 */
export async function* saveAdapters(
  session: Session,
  name: string,
  results: readonly Result[],
  { out }: Place,
  { replace, withEncoder }: { readonly replace: boolean; readonly withEncoder: boolean },
): AsyncGenerator<SavedEvent, void, void> {
  const { files, registry, model } = session;
  const whole = await describeModel(model);
  const parameters = countsOf(session);
  const training = trainingRecord(session, results);
  let backbone: BackboneRecord = backboneOf(session);
  if (withEncoder) {
    const encoder = await packEncoder(model, session.settings);
    const parts = { composition: null, adapters: new Map(), fusions: new Map(), heads: new Map() };
    const metrics = results.flatMap(metricRecords);
    const setup = { kind: 'model' as const, name, ...parts, backbone: tuned(backbone, name, encoder.fingerprint) };
    await writeBundle(files, out, { ...setup, metrics, training }, registry, { replace, encoder });
    backbone = standsOn(backbone, portable(out), encoder.fingerprint);
    yield { type: 'saved', path: out, kind: 'model', ...shown(results), stored: parameters.encoder, parameters };
  }
  for (const result of results) {
    const path = files.join(out, result.name);
    const only = <P>(parts: ReadonlyMap<string, P>): Map<string, P> =>
      new Map([...parts].filter(([part]) => part === result.name));
    const setup: Setup & { backbone: BackboneRecord } = {
      kind: 'adapter',
      name: result.name,
      composition: result.name,
      adapters: only(whole.adapters),
      fusions: new Map(),
      heads: only(whole.heads),
      backbone,
      metrics: metricRecords(result),
      training,
    };
    await writeBundle(files, path, setup, registry, { replace });
    const stored = model.parameters.count(
      (each) => /^(adapters|heads)$/.test(each.split('/')[0]!) && each.split('/')[1] === result.name,
    );
    yield { type: 'saved', path, kind: 'adapter', ...shown([result]), stored, parameters };
  }
  await files.remove(runFolder(out));
}
