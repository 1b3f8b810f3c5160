import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { AdapterFusionError, load, type LoadOptions } from 'adapterfusion';
import { createService } from './service.js';

const text = { type: 'string' } as const;
const FLAGS = {
  ...{ setup: text, model: text, host: text, port: text, backend: text, 'max-batch': text },
  help: { type: 'boolean' },
} as const;
const USAGE = '--setup BUNDLE [--model ENCODER] [--port 8080] [--host 127.0.0.1] [--backend auto] [--max-batch 32]';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: FLAGS });
  if (values.help) return console.log(`Predicts over HTTP with a bundle.\n\nOptions: ${USAGE}`);
  const { setup, model: encoder, host = '127.0.0.1', backend = 'auto' } = values;
  const port = whole('--port', values.port ?? '8080', 0, 65_535);
  const maxBatch = whole('--max-batch', values['max-batch'] ?? '32', 1, 1_000);
  if (setup === undefined) throw usage('--setup', 'the folder of a bundle', 'none');
  const model = await load(setup, {
    // Another name is refused, with what there is.
    backend: backend as NonNullable<LoadOptions['backend']>,
    ...(encoder === undefined ? {} : { model: encoder }),
    onWarning: (message) => console.error(`warning: ${message}`),
  });
  const { server, close } = createService(model, maxBatch);
  await once(server.listen(port, host), 'listening').catch((error: Error) => {
    throw usage(`${host}:${port}`, 'an address that is free', error.message);
  });
  // The first signal ends the service as soon as its work is done, the second at once.
  const stop = (): void => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    void close();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  console.log(
    `listening on http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
  );
}

function whole(flag: string, given: string, min: number, max: number): number {
  if (/^\d+$/.test(given) && Number(given) >= min && Number(given) <= max) return Number(given);
  throw usage(flag, `a whole number from ${min} to ${max}`, JSON.stringify(given));
}

function usage(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('USAGE', { at, expected, got, fix: `Start with ${USAGE}.` });
}

await main().catch((error: unknown) => {
  const misused = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const known = misused ? usage('arguments', 'those below', error.message.split('.')[0]!) : error;
  if (AdapterFusionError.is(known))
    console.error(`error ${known.code}: ${known.message}\nsee docs/errors.md#${known.code.toLowerCase()}`);
  else console.error(error);
  process.exitCode = 1;
});
