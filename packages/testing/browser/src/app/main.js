/*
 * A page as a user would write it, bundled with no configuration of Vite or webpack: two adapters are trained on a file
 * of rows and fused. The encoder comes over HTTP; what is written stays in memory.
 */
import { fuse, load, train, webFiles } from 'adapterfusion';

async function run(backend) {
  const paths = ['encoder/config.json', 'encoder/model.safetensors', 'encoder/vocab.txt', 'rows.tsv'];
  const files = webFiles('/files/', paths);
  const settings = { epochs: 1, batchSize: 8 };
  const common = { files, backend, model: 'encoder', data: 'rows.tsv', settings };
  const seen = new Set();
  const follow = async (events) => {
    for await (const event of events) seen.add(event.type);
  };
  await follow(train({ ...common, out: 'a', name: 'a' }));
  await follow(train({ ...common, out: 'b', name: 'b' }));
  await follow(fuse({ ...common, out: 'fused', adapters: ['a', 'b'], compare: false }));
  const model = await load('fused', { files, backend, model: 'encoder' });
  const [prediction] = await model.predict(['sun rain snow']);
  model.dispose();
  return {
    backend: model.backend.name,
    events: [...seen],
    label: prediction.label,
    written: [...files.written.keys()],
  };
}

globalThis.run = run;
