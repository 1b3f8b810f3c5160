import { readAdapter, readHead } from '@adapterfusion/adapterhub';
import type { Files } from '@adapterfusion/contracts';
import { Model } from '@adapterfusion/model';
import { loadBackbone, type Registry } from '@adapterfusion/runtime';

/** The name of the adapter and of the head. */
export const NAME = 'silver';

/** Files whose encoder configuration has no dropout. */
function withoutDropout(files: Files): Files {
  return {
    ...files,
    async read(path) {
      const bytes = await files.read(path);
      if (!/(^|\/)config\.json$/.test(path) || path.includes('1_Pooling')) return bytes;
      const config = JSON.parse(new TextDecoder().decode(bytes)) as object;
      const dropout = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
      return new TextEncoder().encode(JSON.stringify({ ...config, ...dropout }));
    },
  };
}

/**
 * An encoder without dropout, with the adapter and the head that the Python library initialised.
 * @param encoder the folder of the encoder
 * @param reference the folder that the Python program wrote
 */
export async function initialModel(
  files: Files,
  registry: Registry,
  encoder: string,
  reference: string,
): Promise<Model> {
  const { backbone, params } = await loadBackbone(withoutDropout(files), encoder, registry);
  const model = new Model(backbone, params);
  const adapter = await readAdapter(files, files.join(reference, 'adapter'));
  const head = await readHead(files, files.join(reference, 'head'));
  await registry.provideAll('head');
  await registry.provideAll('adapter');
  model.addAdapter(NAME, registry.configure('adapter', adapter.plugin, adapter.options), { values: adapter.tensors });
  model.compose(NAME);
  const configured = registry.configure('head', head.plugin, head.options);
  model.addHead(NAME, configured, head.labels, { values: head.tensors }, head.task);
  return model;
}
