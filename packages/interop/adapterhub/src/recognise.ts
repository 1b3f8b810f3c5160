import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { ADAPTER_CONFIG, readAdapter } from './adapter.js';
import { readConfigFile } from './config-file.js';
import { FUSION_CONFIG, readFusion } from './fusion.js';
import { HEAD_CONFIG, readHead } from './head.js';
import type { ImportedSetup } from './imported.js';
import { isPeft, readPeft } from './peft.js';
import { readSetup, SETUP_FILE, together } from './setup.js';

/**
 * Reads a folder of the Python library `adapters`, whichever it is: a set-up, an adapter, a fusion or a head; the last
 * may lie in the folder of an adapter or fusion. A fusion's folder does not hold its adapters; a warning names them. An
 * adapter may also be one of PEFT.
 * @throws FILE_NOT_FOUND for a folder that is none of these; otherwise as `readSetup`
 */
export async function readAdapterHub(files: Files, dir: string): Promise<ImportedSetup> {
  const has = async (name: string) => (await files.kind(files.join(dir, name))) === 'file';
  if (await has(SETUP_FILE)) return readSetup(files, dir);
  const heads = (await has(HEAD_CONFIG)) ? [await readHead(files, dir)] : [];
  const head = heads[0] === undefined ? {} : { activeHead: heads[0].name };
  if (await has(ADAPTER_CONFIG)) {
    const peft = isPeft(await readConfigFile(files, dir, ADAPTER_CONFIG));
    const adapter = peft ? await readPeft(files, dir) : await readAdapter(files, dir);
    return together(dir, { composition: adapter.name, adapters: [adapter], fusions: [], heads, ...head, warnings: [] });
  }
  if (await has(FUSION_CONFIG)) {
    const fusion = await readFusion(files, dir);
    const { name, children } = fusion;
    const warnings = [`${dir}: a fusion alone; it needs its adapters ${children.join(', ')}.`];
    const composition = { type: 'fuse', fusion: name, lead: children.at(-1)!, inputs: 'lead', children } as const;
    return together(dir, { composition, adapters: [], fusions: [fusion], heads, ...head, warnings });
  }
  if (heads.length > 0)
    return together(dir, { composition: null, adapters: [], fusions: [], heads, ...head, warnings: [] });
  const names = await files.list(dir);
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: dir,
    expected: `a folder with ${SETUP_FILE}, ${ADAPTER_CONFIG}, ${FUSION_CONFIG} or ${HEAD_CONFIG}`,
    got: names.length === 0 ? 'an empty one' : `one with ${names.slice(0, 8).join(', ')}`,
    fix: 'Name a folder that the Python library adapters saved.',
  });
}
