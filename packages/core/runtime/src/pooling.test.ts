import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { expect, it } from 'vitest';
import { openEncoderFolder } from './encoder-folder.js';
import { readPooling } from './pooling.js';

const PLACE = 'encoder/1_Pooling/config.json';

/** The pooling of a folder with this file. */
async function poolingOf(content: string | undefined) {
  const files = {
    join: (...parts: string[]) => parts.join('/'),
    kind: async (path: string) => (path === PLACE && content !== undefined ? 'file' : undefined),
    read: async (path: string) => {
      if (path === PLACE && content !== undefined) return new TextEncoder().encode(content);
      throw new AdapterFusionError('FILE_NOT_FOUND', { at: path, expected: 'a file', got: 'none', fix: '' });
    },
  } as unknown as Files;
  return readPooling(await openEncoderFolder(files, 'encoder'));
}

const flags = (...on: string[]): string =>
  JSON.stringify({
    word_embedding_dimension: 384,
    include_prompt: true,
    ...Object.fromEntries(
      ['cls_token', 'mean_tokens', 'max_tokens', 'lasttoken'].map((mode) => [
        `pooling_mode_${mode}`,
        on.includes(mode),
      ]),
    ),
  });

it.each([
  { name: 'the mean', content: flags('mean_tokens'), mode: 'mean' },
  { name: 'the first token', content: flags('cls_token'), mode: 'cls' },
  { name: 'the mean by default', content: '{"word_embedding_dimension":384}', mode: 'mean' },
  { name: 'the mean by name', content: '{"pooling_mode":"mean"}', mode: 'mean' },
  { name: 'the first token by name', content: '{"pooling_mode":"cls"}', mode: 'cls' },
  { name: 'none where the file is absent', content: undefined, mode: undefined },
])('reads $name', async ({ content, mode }) => {
  expect(await poolingOf(content)).toEqual({ mode });
});

it.each([
  { content: flags('max_tokens'), words: 'the pooling max_tokens' },
  { content: flags('cls_token', 'mean_tokens'), words: 'the pooling cls_token and mean_tokens' },
  { content: flags(), words: 'no pooling' },
  { content: '{"pooling_mode":"lasttoken"}', words: 'the pooling lasttoken' },
  { content: '{"pooling_mode":"toString"}', words: 'the pooling toString' },
])('does not use $words, and warns', async ({ content, words }) => {
  const { mode, warning } = await poolingOf(content);
  expect(mode).toBeUndefined();
  expect(warning).toBe(
    `${PLACE}: it names ${words}; heads have mean and cls, and use their own default. Choose one (--pooling).`,
  );
});

it('refuses a file that is no JSON object', async () => {
  await expect(poolingOf('[]')).rejects.toMatchObject({ code: 'FILE_CORRUPT', at: PLACE });
});
