import { AdapterFusionError } from '@adapterfusion/contracts';
import { isRecord } from './json.js';

/** A place in an encoded row: a special token, or the tokens of the first (A) or second (B) text. */
type Slot = { readonly id: number; readonly type: number } | { readonly text: 'A' | 'B'; readonly type: number };

/** How the tokens of one text, and of two, become a row. */
export interface Template {
  readonly single: readonly Slot[];
  readonly pair: readonly Slot[];
}

const PLAIN: Template = {
  single: [{ text: 'A', type: 0 }],
  pair: [
    { text: 'A', type: 0 },
    { text: 'B', type: 1 },
  ],
};

/**
 * Reads `post_processor` of tokenizer.json: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, or a
 * Sequence that holds one of them.
 * @throws FILE_CORRUPT; UNSUPPORTED for another type
 */
export function readTemplate(processor: unknown, at: string): Template {
  if (processor === null || processor === undefined) return PLAIN;
  const type = isRecord(processor) ? processor['type'] : undefined;
  if (!isRecord(processor) || typeof type !== 'string') throw corrupt(at, 'post_processor with a type', processor);
  switch (type) {
    case 'TemplateProcessing':
      return {
        single: slots(processor['single'], processor['special_tokens'], at),
        pair: slots(processor['pair'], processor['special_tokens'], at),
      };
    case 'BertProcessing': {
      const [cls, sep] = [tokenId(processor['cls'], at), tokenId(processor['sep'], at)];
      const single: Slot[] = [
        { id: cls, type: 0 },
        { text: 'A', type: 0 },
        { id: sep, type: 0 },
      ];
      return { single, pair: [...single, { text: 'B', type: 1 }, { id: sep, type: 1 }] };
    }
    case 'RobertaProcessing': {
      const [cls, sep] = [tokenId(processor['cls'], at), tokenId(processor['sep'], at)];
      const single: Slot[] = [
        { id: cls, type: 0 },
        { text: 'A', type: 0 },
        { id: sep, type: 0 },
      ];
      return { single, pair: [...single, { id: sep, type: 0 }, { text: 'B', type: 0 }, { id: sep, type: 0 }] };
    }
    case 'ByteLevel':
      return PLAIN;
    case 'Sequence': {
      const parts: unknown = processor['processors'];
      if (!Array.isArray(parts)) throw corrupt(at, 'post_processor.processors to be a list', parts);
      const templates = parts.map((part) => readTemplate(part, at));
      return templates.find((template) => template !== PLAIN) ?? PLAIN;
    }
    default:
      throw new AdapterFusionError('UNSUPPORTED', {
        at,
        expected: 'post_processor TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel or Sequence',
        got: JSON.stringify(type),
        fix: 'Save the tokenizer of a BERT or RoBERTa model in its place.',
      });
  }
}

function slots(items: unknown, specials: unknown, at: string): Slot[] {
  if (!Array.isArray(items) || items.length === 0) throw corrupt(at, 'post_processor.single and .pair as lists', items);
  return items.flatMap((item: unknown): Slot[] => {
    const [kind, body] = isRecord(item) ? (Object.entries(item)[0] ?? []) : [];
    const name = isRecord(body) ? body['id'] : undefined;
    const type = isRecord(body) ? body['type_id'] : undefined;
    if (typeof type === 'number' && kind === 'Sequence' && (name === 'A' || name === 'B'))
      return [{ text: name, type }];
    const special = isRecord(specials) && typeof name === 'string' ? specials[name] : undefined;
    const ids: unknown = isRecord(special) ? special['ids'] : undefined;
    if (typeof type !== 'number' || kind !== 'SpecialToken' || !Array.isArray(ids))
      throw corrupt(at, 'a special token or sequence A or B in post_processor', item);
    return ids.map((id: unknown) => ({ id: checkedId(id, at), type }));
  });
}

function tokenId(pair: unknown, at: string): number {
  if (!Array.isArray(pair)) throw corrupt(at, 'post_processor.cls and .sep as [token, id]', pair);
  return checkedId(pair[1], at);
}

function checkedId(id: unknown, at: string): number {
  if (!Number.isInteger(id) || (id as number) < 0) throw corrupt(at, 'a token id', id);
  return id as number;
}

function corrupt(at: string, expected: string, got: unknown): AdapterFusionError {
  const shown = JSON.stringify(got)?.slice(0, 80) ?? 'nothing';
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got: shown, fix: 'Fetch tokenizer.json again.' });
}
