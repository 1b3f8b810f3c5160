import { inputsOf, type Tokenizer, type TokenRow } from '@adapterfusion/text';

/** Share of the tokens, special ones left out, that are unknown to the encoder; undefined where its vocabulary knows every text. */
export function unknownShare({ unkId, clsId, sepId }: Tokenizer, rows: readonly TokenRow[]): number | undefined {
  if (unkId === undefined) return undefined;
  let [unknown, tokens] = [0, 0];
  for (const { ids } of rows.flatMap(inputsOf))
    for (const id of ids) {
      if (id === clsId || id === sepId) continue;
      tokens++;
      if (id === unkId) unknown++;
    }
  return tokens === 0 ? undefined : unknown / tokens;
}
