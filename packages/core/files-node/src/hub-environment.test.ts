import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hubEnvironment } from './index.js';

const home = mkdtempSync(join(tmpdir(), 'adapterfusion-hf-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it('has the places and names of Hugging Face', async () => {
  const none = { HF_TOKEN_PATH: join(home, 'none') };
  expect(await hubEnvironment(none)).toEqual({ cache: join(homedir(), '.cache/huggingface/hub'), offline: false });
  expect(await hubEnvironment({ ...none, HF_HOME: '/x' })).toMatchObject({ cache: join('/x', 'hub') });
  expect(await hubEnvironment({ ...none, XDG_CACHE_HOME: '/x' })).toMatchObject({
    cache: join('/x', 'huggingface/hub'),
  });
  const all = { HF_HUB_CACHE: '/c', HF_HOME: '/x', HF_ENDPOINT: 'http://h', HF_TOKEN: ' t ', HF_HUB_OFFLINE: 'ON' };
  expect(await hubEnvironment(all)).toEqual({ cache: '/c', endpoint: 'http://h', token: 't', offline: true });
  expect((await hubEnvironment({ ...none, HF_HUB_OFFLINE: '0' })).offline).toBe(false);
});

it('takes the token that a login stored', async () => {
  writeFileSync(join(home, 'token'), 'stored\n');
  expect((await hubEnvironment({ HF_HOME: home })).token).toBe('stored');
  expect((await hubEnvironment({ HF_HOME: home, HF_TOKEN: 'own' })).token).toBe('own');
});
