import { SPECIAL } from './cut-vocabulary.js';
import type { TeacherFiles } from './teacher-files.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * The student's tokenizer in the hub's layout: the teacher's rules over fewer pieces.
 * @param ids the teacher's ids in the order of the student's
 * @param longest what `model_max_length` says, in tokens
 */
export function tokenizerFiles(
  teacher: TeacherFiles,
  ids: readonly number[],
  longest: number,
): Map<string, Uint8Array> {
  const pieces = ids.map((id) => teacher.pieces[id]!);
  const special = (token: string) => ({ id: token, ids: [pieces.indexOf(token)], tokens: [token] });
  const cls = { SpecialToken: { id: '[CLS]', type_id: 0 } };
  const sep = (type: number) => ({ SpecialToken: { id: '[SEP]', type_id: type } });
  const text = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({ id, content, ...plain })),
    normalizer: teacher.tokenizer['normalizer'],
    pre_tokenizer: teacher.tokenizer['pre_tokenizer'],
    post_processor: {
      type: 'TemplateProcessing',
      single: [cls, text('A', 0), sep(0)],
      pair: [cls, text('A', 0), sep(0), text('B', 1), sep(1)],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  };
  const config = {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: true,
    strip_accents: null,
    tokenize_chinese_chars: true,
    model_max_length: longest,
    pad_token: '[PAD]',
    unk_token: '[UNK]',
    cls_token: '[CLS]',
    sep_token: '[SEP]',
    mask_token: '[MASK]',
  };
  return new Map([
    ['tokenizer.json', bytes(JSON.stringify(json))],
    ['vocab.txt', bytes(`${pieces.join('\n')}\n`)],
    ['tokenizer_config.json', bytes(`${JSON.stringify(config, null, 2)}\n`)],
  ]);
}
