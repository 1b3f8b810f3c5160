import { createInterface } from 'node:readline';
import type { Ended, Failed, Ready, Stepped } from './protocol.js';
import { VOCABULARY, type Work } from './work.js';

/* onnxruntime-node's side of a comparison: `node onnx-worker.js WORK FILE`. The package is installed only where it is wanted. */

/** The part of onnxruntime-node that is used. */
interface Runtime {
  readonly InferenceSession: {
    create(path: string): Promise<{ run(feeds: object): Promise<{ logits: { data: Float32Array } }> }>;
  };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => object;
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } };
}

const [given, file] = process.argv.slice(2) as [string, string];
const { batch, length } = JSON.parse(given) as Work;
const say = (line: Ready | Stepped | Ended | Failed): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const name = 'onnxruntime-node';
const runtime = await (import(name) as Promise<Runtime>).catch((error: Error) => {
  say({
    error: `${error.message.split('\n')[0]}. Install it: npm install --no-save --ignore-scripts onnxruntime-node`,
  });
  process.exit(1);
});
const session = await runtime.InferenceSession.create(file);
const mask = new runtime.Tensor('int64', new BigInt64Array(batch * length).fill(1n), [batch, length]);
say({ ready: true, versions: { 'onnxruntime-node': runtime.env.versions.node ?? runtime.env.versions.common } });
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'step') break;
  const ids = BigInt64Array.from({ length: batch * length }, () =>
    BigInt(5 + Math.floor(Math.random() * (VOCABULARY - 5))),
  );
  const begun = performance.now();
  await session.run({ ids: new runtime.Tensor('int64', ids, [batch, length]), mask });
  say({ ms: performance.now() - begun });
}
say({ peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024) });
process.exit(0);
