import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the environment says of the hub, by the names that Hugging Face's libraries know. */
export interface HubEnvironment {
  /** `HF_HUB_CACHE`, or `hub` in `HF_HOME`, which is `~/.cache/huggingface` by default. */
  readonly cache: string;
  /** `HF_ENDPOINT` */
  readonly endpoint?: string;
  /** `HF_TOKEN`, or the file that `HF_TOKEN_PATH` names, `token` in `HF_HOME` by default. */
  readonly token?: string;
  /** `HF_HUB_OFFLINE` */
  readonly offline: boolean;
}

/** Reads the environment. @param env by default that of this process */
export async function hubEnvironment(env: NodeJS.ProcessEnv = process.env): Promise<HubEnvironment> {
  const set = (name: string): string | undefined => env[name]?.trim() || undefined;
  const home = set('HF_HOME') ?? join(set('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');
  const stored = await readFile(set('HF_TOKEN_PATH') ?? join(home, 'token'), 'utf8').catch(() => '');
  const token = set('HF_TOKEN') ?? (stored.trim() || undefined);
  const endpoint = set('HF_ENDPOINT');
  return {
    cache: set('HF_HUB_CACHE') ?? join(home, 'hub'),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(token === undefined ? {} : { token }),
    offline: /^(1|on|true|yes)$/i.test(set('HF_HUB_OFFLINE') ?? ''),
  };
}
