import { AdapterFusionError, type ErrorCode } from '@adapterfusion/contracts';
import type { HubOptions } from './options.js';

/**
 * Asks the hub.
 * @param what that is asked for, for messages
 * @returns a response of status 200 or 206; 416 too where part of a file was asked for
 * @throws HUB_DENIED for 401 and 403; HUB_NOT_FOUND for 404; HUB_FAILED for any other status; HUB_UNREACHABLE where nobody
 * answers; ABORTED
 */
export async function request(
  path: string,
  what: string,
  { endpoint, token, signal, fetch = globalThis.fetch }: HubOptions,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const url = `${(endpoint ?? 'https://huggingface.co').replace(/\/+$/, '')}/${path}`;
  const all = { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await fetch(url, { headers: all, ...(signal ? { signal } : {}) });
  } catch (cause) {
    throw brokenOff(cause, url, signal);
  }
  const { status } = response;
  if (status === 200 || status === 206 || (status === 416 && headers['range'] !== undefined)) return response;
  await response.body?.cancel();
  const got = `${status} ${response.statusText}`.trim();
  throw refused(status, { at: url, expected: what, got }, token !== undefined);
}

/** What a transfer that did not end becomes. */
export function brokenOff(cause: unknown, at: string, signal: AbortSignal | undefined): AdapterFusionError {
  if (AdapterFusionError.is(cause)) return cause;
  if (signal?.aborted)
    return new AdapterFusionError('ABORTED', {
      at,
      expected: 'to fetch the whole file',
      got: 'the signal to stop',
      fix: 'Start again: it goes on where it stopped.',
      cause,
    });
  const { message, cause: inner } = cause instanceof Error ? cause : { message: String(cause), cause: undefined };
  return new AdapterFusionError('HUB_UNREACHABLE', {
    at,
    expected: 'an answer of the hub',
    got: inner instanceof Error && inner.message !== '' ? inner.message : message,
    fix: 'Check the network and start again, or name a folder that holds the files; what was fetched is kept.',
    cause,
  });
}

function refused(
  status: number,
  parts: { readonly at: string; readonly expected: string; readonly got: string },
  withToken: boolean,
): AdapterFusionError {
  const known: Partial<Record<number, readonly [ErrorCode, string]>> = {
    401: ['HUB_DENIED', withToken ? 'The token is not accepted: make another.' : deniedWithout],
    403: ['HUB_DENIED', 'Accept the terms of the repository on its page, or use a token that may read it.'],
    404: ['HUB_NOT_FOUND', 'Check the name and the revision; a folder of your own is named by its path.'],
  };
  const [code, fix] = known[status] ?? ['HUB_FAILED', 'Try again later; what was fetched is kept.'];
  return new AdapterFusionError(code, { ...parts, fix });
}

const deniedWithout =
  'It is private, or there is none of this name: check the name, or set HF_TOKEN, in a browser the option token.';
