import { createServer, type IncomingMessage, type Server } from 'node:http';
import { inspect } from 'node:util';
import { AdapterFusionError, type Input, type LoadedModel, type PredictOptions } from 'adapterfusion';
import { Queue } from './queue.js';

const MAX_BYTES = 1_000_000;
const MAX_WAITING = 10_000;
type Answer = readonly [status: number, body: object];
const refuse = (status: number, code: string, message: string): Answer => [status, { error: { code, message } }];

/** A server that does not listen yet. `close` finishes what was asked for, then disposes of the model. */
export function createService(model: LoadedModel, maxBatch: number): { server: Server; close: () => Promise<void> } {
  const queue = new Queue(model, maxBatch);
  const { backend, labels, composition = null } = model;

  async function answer(request: IncomingMessage, gone: () => boolean): Promise<Answer> {
    const path = request.url!.split('?')[0];
    if (path !== '/predict' && path !== '/health') return refuse(404, 'NOT_FOUND', 'Try /predict or /health.');
    const method = path === '/predict' ? 'POST' : 'GET';
    if (request.method !== method) return refuse(405, 'METHOD_NOT_ALLOWED', `${path} takes ${method}.`);
    if (path === '/health')
      return [200, { status: 'ok', backend: backend.name, labels, composition, queued: queue.size }];
    try {
      const body = await read(request);
      if (!body) return refuse(413, 'TOO_LARGE', `A body takes ${MAX_BYTES} bytes.`);
      const { inputs, options } = parse(body);
      if (queue.size + inputs.length > MAX_WAITING) return refuse(503, 'BUSY', `${queue.size} inputs wait; try later.`);
      return [200, { predictions: await queue.predict(inputs, options, gone) }];
    } catch (error) {
      if (AdapterFusionError.is(error)) return refuse(400, error.code, error.message);
      if (!gone()) console.error(error);
      return refuse(500, 'BUG', 'The log of the service says what happened.');
    }
  }

  const server = createServer((request, response) => {
    void answer(request, () => response.destroyed).then(([status, body]) => {
      if (!server.listening) response.setHeader('connection', 'close');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const close = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve));
    await queue.idle;
    model.dispose();
  };
  return { server, close };
}

/** The body; undefined when too large: then it is read on for a while, so that the client sees the answer. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if ((size += chunk.length) <= MAX_BYTES) chunks.push(chunk);
    else if (size > 16 * MAX_BYTES) break;
  }
  return size > MAX_BYTES ? undefined : Buffer.concat(chunks);
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isInput = (value: unknown): value is Input =>
  isText(value) || (isObject(value) && isText(value['text']) && (value['pair'] === undefined || isText(value['pair'])));
const isList = <T>(value: unknown, type: string): value is T[] =>
  Array.isArray(value) && value.every((each) => typeof each === type);

/** @throws DATA_INVALID, OPTIONS_INVALID */
function parse(bytes: Buffer): { inputs: Input[]; options: PredictOptions } {
  const body = json(bytes);
  check(isObject(body), 'DATA_INVALID', 'body', 'a JSON object', body);
  const { inputs, attention = false, mask = [], skip = [], ...rest } = body;
  check(Object.keys(rest).length === 0, 'OPTIONS_INVALID', 'body', 'only inputs, attention, mask and skip', rest);
  check(Array.isArray(inputs) && inputs.length > 0, 'DATA_INVALID', 'inputs', 'a list of one input or more', inputs);
  inputs.forEach((each, at) => check(isInput(each), 'DATA_INVALID', `inputs[${at}]`, 'a text or { text, pair }', each));
  check(typeof attention === 'boolean', 'OPTIONS_INVALID', 'attention', 'true or false', attention);
  check(isList<string>(mask, 'string'), 'OPTIONS_INVALID', 'mask', 'a list of names of adapters', mask);
  check(isList<number>(skip, 'number'), 'OPTIONS_INVALID', 'skip', 'a list of layers', skip);
  return { inputs: inputs as Input[], options: { attention, mask, skip } };
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

type Code = 'DATA_INVALID' | 'OPTIONS_INVALID';
function check(holds: boolean, code: Code, at: string, expected: string, value: unknown): asserts holds {
  if (holds) return;
  const got = inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 3, maxStringLength: 40 });
  const fix = 'Send {"inputs": ["It rains.", {"text": "It rains.", "pair": "It is dry."}]}.';
  throw new AdapterFusionError(code, { at, expected, got: value === undefined ? 'none' : got, fix });
}
