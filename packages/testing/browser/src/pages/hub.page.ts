import { cacheStorageFiles, parseHubReference, snapshot, type HubOptions } from '@adapterfusion/hub';
import { AdapterFusionError, load, train, webFiles, withHub, type Progress } from 'adapterfusion';

/** What a page does with the hub, and what came of it. */
export interface HubOutcome {
  /** Code of the error that the signal ended the first download with, and the bytes that were kept. */
  readonly stopped: { readonly code: string; readonly kept: number };
  /** Bytes of the file after the second start, and those that it was told of first. */
  readonly whole: { readonly sum: number; readonly size: number; readonly first: number; readonly names: string[] };
  /** The files again, opened anew without the hub: names, and a part of one. */
  readonly again: { readonly names: readonly string[]; readonly part: number[] };
  /** Downloads of a training on a model and data of the hub, in bytes; the label that its bundle gives, offline. */
  readonly trained: { readonly bytes: number; readonly label: string; readonly offline: string };
}

const codeOf = (error: unknown): string => (AdapterFusionError.is(error) ? error.code : String(error));

async function fetchFile(endpoint: string): Promise<Omit<HubOutcome, 'trained'>> {
  const reference = parseHubReference('org/large@v1')!;
  const opened = (): HubOptions => ({
    ...{ files: cacheStorageFiles(() => caches.open('large')), cache: 'hub', endpoint, token: 'hf_x' },
  });
  const all = (names: readonly string[]): readonly string[] => names;
  const controller = new AbortController();
  const { files } = opened();
  const onProgress = ({ file, done }: { file: string; done: number }): void => {
    if (file === 'model.safetensors' && done > 1_000_000) controller.abort();
  };
  const ended = await snapshot(reference, all, { ...opened(), onProgress, signal: controller.signal }).catch(codeOf);
  const blobs = 'hub/models--org--large/blobs';
  const [part] = await files.list(blobs);
  const kept = (await files.read(`${blobs}/${part}`)).length;
  const told: number[] = [];
  const { folder } = await snapshot(reference, all, { ...opened(), onProgress: ({ done }) => told.push(done) });
  const bytes = await files.read(`${folder}/model.safetensors`);
  const sum = bytes.reduce((total, byte, at) => (total * 31 + byte * (at % 7)) % 1_000_003, 0);
  const offline = await snapshot(reference, all, { ...opened(), offline: true, endpoint: 'http://127.0.0.1:1' });
  const file = await opened().files.open!(`${offline.folder}/model.safetensors`);
  return {
    stopped: { code: typeof ended === 'string' ? ended : 'none', kept },
    whole: { sum, size: bytes.length, first: told[0]!, names: [...(await files.list('hub/models--org--large'))] },
    again: { names: await opened().files.list(offline.folder), part: [...(await file.slice(5, 9))] },
  };
}

async function trainOnHub(endpoint: string): Promise<HubOutcome['trained']> {
  const own = webFiles('/', []);
  const progress: Progress[] = [];
  const options = {
    ...({
      files: withHub(own, { endpoint }),
      backend: 'wasm',
      model: 'org/tiny@v1',
      name: 'things',
      out: 'bundle',
    } as const),
    data: 'hub://datasets/org/things@v1/fruit',
    settings: { epochs: 1, maxLength: 8 },
    onProgress: (each: Progress) => progress.push(each),
  };
  for await (const _event of train(options));
  const offline = { endpoint: 'http://127.0.0.1:1', offline: true };
  const model = await load('bundle', { files: withHub(own, offline), backend: 'wasm' });
  const [prediction] = await model.predict(['sun rain snow']);
  model.dispose();
  const other = { ...options, files: withHub(own, { ...offline, cache: 'another' }), out: 'other' };
  const refused = await (async () => {
    for await (const _event of train(other));
    return 'trained';
  })().catch(codeOf);
  const bytes = progress.reduce((most, { stage, done }) => (stage === 'download' ? Math.max(most, done) : most), 0);
  return { bytes, label: prediction!.label, offline: refused };
}

async function run({ endpoint }: { readonly endpoint: string }): Promise<HubOutcome> {
  return { ...(await fetchFile(endpoint)), trained: await trainOnHub(endpoint) };
}

Object.assign(globalThis, { run });
