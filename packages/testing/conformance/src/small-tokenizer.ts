import type { AssembledEncoding, TaskTokenizer } from '@adapterfusion/contracts';

const [CLS, SEP] = [1, 2];
/** Characters of a token: longer words are several tokens. */
const PIECE = 4;

const idOf = (token: string): number =>
  3 + ([...token].reduce((sum, each) => sum * 31 + each.codePointAt(0)!, 7) % 997);

/** A tokenizer in the style of WordPiece: lower case, punctuation apart, words in pieces of four characters. */
export const smallTokenizer: TaskTokenizer = {
  spelling: 'wordpiece',
  normalize: (text) => text.toLowerCase(),

  tokenize(text) {
    const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu) ?? [];
    const tokens = words.flatMap((word) => {
      const letters = [...word];
      const count = Math.ceil(letters.length / PIECE);
      return Array.from({ length: count }, (_, at) => {
        const piece = letters.slice(at * PIECE, (at + 1) * PIECE).join('');
        return at === 0 ? piece : `##${piece}`;
      });
    });
    return { ids: tokens.map(idOf), tokens };
  },

  assemble(first, second): AssembledEncoding {
    const head = [CLS, ...first, SEP];
    const tail = second ? [...second, SEP] : [];
    return {
      ids: [...head, ...tail],
      types: [...head.map(() => 0), ...tail.map(() => 1)],
      starts: second ? [1, head.length] : [1],
    };
  },

  encode(text, pair, { maxLength }) {
    const first = [...smallTokenizer.tokenize(text).ids];
    const second = pair === undefined ? undefined : [...smallTokenizer.tokenize(pair).ids];
    const room = maxLength - (second ? 3 : 2);
    let truncated = false;
    while (first.length + (second?.length ?? 0) > room) {
      const longest = second && second.length > first.length ? second : first;
      if (longest.pop() === undefined) break;
      truncated = true;
    }
    const { ids, types } = smallTokenizer.assemble(first, second);
    return { ids, types, ...(truncated ? { truncated } : {}) };
  },
};
