import pooling from '@adapterfusion/pocket/1_Pooling/config.json?url';
import config from '@adapterfusion/pocket/config.json?url';
import weights from '@adapterfusion/pocket/model.safetensors?url';
import tokenizer from '@adapterfusion/pocket/tokenizer.json?url';
import tokenizerConfig from '@adapterfusion/pocket/tokenizer_config.json?url';
import { AdapterFusionError, closeBackend, openBackend, type BackendName, type LoadedModel } from 'adapterfusion';
import { learn, STAGES } from './learn.js';
import './page.css';
import { rowsOf } from './rows.js';
import { FILMS, HELD_OUT, PRODUCTS, RESTAURANTS } from './sentences.js';
import { comparison, part, prediction, progress, status } from './view.js';

const encoder = {
  '1_Pooling/config.json': pooling,
  'config.json': config,
  'model.safetensors': weights,
  'tokenizer.json': tokenizer,
  'tokenizer_config.json': tokenizerConfig,
};
const start = part(HTMLButtonElement, '#start');
const stop = part(HTMLButtonElement, '#stop');
const result = part(HTMLElement, '#result');
const field = (id: string): HTMLTextAreaElement => part(HTMLTextAreaElement, `#${id}`);
Object.entries({ films: FILMS, restaurants: RESTAURANTS, products: PRODUCTS }).forEach(
  ([id, text]) => (field(id).value = text),
);

let model: LoadedModel | undefined;

/** Trains with what the page holds, and shows what came of it. */
async function work(signal: AbortSignal): Promise<void> {
  const [films, restaurants, products] = STAGES.map((stage) => rowsOf(field(stage).value, stage));
  model?.dispose();
  model = undefined;
  result.hidden = true;
  for (const stage of STAGES) progress(stage, 0, '');
  status('opening the backend');
  // Another may be open from before.
  await closeBackend();
  const opened = await openBackend(part(HTMLSelectElement, '#backend').value as BackendName | 'auto');
  const where = `${opened.name}: ${opened.device}`;
  status(`loading the encoder, on ${where}`);
  const begun = performance.now();
  const learned = await learn({
    encoder,
    rows: { films: films!, restaurants: restaurants!, products: products! },
    heldOut: rowsOf(HELD_OUT, 'held out'),
    backend: opened.name,
    signal,
    onStep: ({ stage, done, total, loss }) => {
      status(`training on ${where}`);
      progress(stage, done / total, `step ${done} of ${total}, loss ${loss.toFixed(3)}`);
      if (stage === STAGES.at(-1) && done === total) status('comparing with other methods');
    },
  });
  if (!learned) return status('stopped');
  model = learned.model;
  comparison(learned.table);
  await ask();
  result.hidden = false;
  status(`done in ${((performance.now() - begun) / 1000).toFixed(0)} s, on ${where}`);
}

async function ask(): Promise<void> {
  const [answer] = await model!.predict([part(HTMLInputElement, '#sentence').value], { attention: true });
  prediction(answer!, STAGES.slice(0, -1));
}

/** Does something that may fail in a way that the person at the page can mend. */
async function attempt(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (AdapterFusionError.is(error) && error.code === 'ABORTED') return status('stopped');
    status(error instanceof Error ? error.message : String(error), true);
  }
}

let stopping = new AbortController();
stop.addEventListener('click', () => {
  status('stopping after this step');
  stopping.abort();
});
part(HTMLFormElement, '#lesson').addEventListener('submit', (event) => {
  event.preventDefault();
  stopping = new AbortController();
  start.disabled = true;
  stop.disabled = false;
  void attempt(() => work(stopping.signal)).finally(() => {
    start.disabled = false;
    stop.disabled = true;
  });
});
part(HTMLFormElement, '#question').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(ask);
});
