/** The settings of a `BertNormalizer` in tokenizer.json. */
export interface BertNormalizerSettings {
  readonly clean_text: boolean;
  readonly handle_chinese_chars: boolean;
  /** Null means: as `lowercase`. */
  readonly strip_accents: boolean | null;
  readonly lowercase: boolean;
}

const REMOVED = /[^\P{C}\t\n\r\p{Cn}]|\ufffd/gu;
const IDEOGRAPH =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Normalises text as the Python tokenizers do, in this order: control characters out and white space to spaces, spaces
 * around ideographs, accents off, lower case. The normaliser of `@huggingface/tokenizers` 0.2.0 looks at UTF-16 units, so
 * it leaves ideographs beyond U+FFFF joined, and it writes a word's last Σ as ς where Python writes σ.
 */
export function normalizeBert(text: string, settings: BertNormalizerSettings): string {
  if (PRINTABLE_ASCII.test(text)) return settings.lowercase ? text.toLowerCase() : text;
  let result = text;
  if (settings.clean_text) result = result.replace(REMOVED, '').replace(/\s/g, ' ');
  if (settings.handle_chinese_chars) result = result.replace(IDEOGRAPH, ' $& ');
  if (settings.strip_accents ?? settings.lowercase) result = result.normalize('NFD').replace(/\p{Mn}/gu, '');
  if (settings.lowercase) result = result.replaceAll('Σ', 'σ').toLowerCase();
  return result;
}
