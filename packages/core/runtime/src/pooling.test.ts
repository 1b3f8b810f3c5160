import { expect, it } from 'vitest';
import { poolingOf } from './pooling.js';

const NAME = '1_Pooling/config.json';
const PLACE = `encoder/${NAME}`;

/** The pooling of an encoder with this file. */
function pooling(content: string | undefined) {
  const settings = new Map(content === undefined ? [] : [[NAME, new TextEncoder().encode(content)]]);
  return poolingOf({ settings, record: { id: 'encoder', modelType: 'bert', hidden: 384, layers: 6 } });
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
])('reads $name', ({ content, mode }) => {
  expect(pooling(content)).toEqual({ mode });
});

it.each([
  { content: flags('max_tokens'), words: 'the pooling max_tokens' },
  { content: flags('cls_token', 'mean_tokens'), words: 'the pooling cls_token and mean_tokens' },
  { content: flags(), words: 'no pooling' },
  { content: '{"pooling_mode":"lasttoken"}', words: 'the pooling lasttoken' },
  { content: '{"pooling_mode":"toString"}', words: 'the pooling toString' },
])('does not use $words, and warns', ({ content, words }) => {
  const { mode, warning } = pooling(content);
  expect(mode).toBeUndefined();
  expect(warning).toBe(
    `${PLACE}: it names ${words}; heads have mean and cls, and use their own default. Choose one (--pooling).`,
  );
});

it('refuses a file that is no JSON object', () => {
  expect(() => pooling('[]')).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT', at: PLACE }) as Error);
});
