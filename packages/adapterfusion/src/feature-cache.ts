import { sha256 } from '@adapterfusion/checkpoint';
import { joinBytes } from '@adapterfusion/data';
import type { Features } from './features.js';
import type { Workbench, WorkbenchOptions } from './workbench.js';

const HASH = 64;

/**
 * The measured rows' features from a folder, or computed and put there. Their name is a hash of the rows' tokens, the encoder,
 * the adapters and the head's pooling: what has changed is computed anew, and so is a file that is damaged.
 * @param folder nothing is kept without one
 * @param branches how many the features have
 * @throws FILE_WRITE_FAILED
 */
export async function cachedFeatures(
  given: WorkbenchOptions,
  folder: string | undefined,
  branches: number,
  compute: () => ReturnType<Workbench['measured']>,
): Promise<Features> {
  if (folder === undefined) return compute();
  const { session, task } = given;
  const { files, model } = session;
  const place = files.join(folder, `${(await identify(given)).slice(0, 32)}.features`);
  const size = task.measured.rows.flatMap(({ group }) => group).length * model.backbone.hidden;
  const found = (await files.kind(place)) === 'file' ? await files.read(place) : new Uint8Array();
  const bytes = found.slice(HASH);
  const whole = bytes.length === 4 * size * (branches + 1);
  if (whole && new TextDecoder().decode(found.subarray(0, HASH)) === (await sha256(bytes))) {
    const values = new Float32Array(bytes.buffer);
    const part = (at: number): Float32Array => values.subarray(at * size, (at + 1) * size);
    return { embedding: part(0), branches: Array.from({ length: branches }, (_, branch) => part(branch + 1)) };
  }
  const made = await compute();
  const data = joinBytes(
    [made.embedding, ...made.branches].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  );
  await files.write(place, joinBytes([new TextEncoder().encode(await sha256(data)), data]));
  return made;
}

/** A hash of all that the features depend on. */
async function identify({ session, task, head, adapters, node }: WorkbenchOptions): Promise<string> {
  const { model, encoder, backend } = session;
  const { configured } = [...model.heads.values()].find(({ instance }) => instance === head)!;
  const parts: unknown[] = [encoder.fingerprint, backend.name, configured.plugin.id, configured.options, node('')];
  for (const { name } of adapters) {
    const { plugin, options } = model.adapters.get(name)!.configured;
    parts.push(plugin.id, options);
    for (const [path, { data }] of await model.values('adapters', name)) parts.push(path, await sha256(data));
  }
  for (const { ids, types } of task.measured.rows.flatMap(({ group }) => group))
    parts.push([...ids], types ? [...types] : null);
  return sha256(JSON.stringify(parts));
}
