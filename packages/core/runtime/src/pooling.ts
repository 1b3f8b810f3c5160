import { ENCODER_FILES, type EncoderFolder } from './encoder-folder.js';

/** How the tokens of a text become one vector: the first token, or the mean over the tokens that are not padding. */
export type Pooling = 'cls' | 'mean';

/** The pooling that an encoder was trained with. */
export interface EncoderPooling {
  /** Undefined where its files name none, or one that heads do not have. */
  readonly mode: Pooling | undefined;
  /** Where the file's pooling is not used: which it is, and what to do. */
  readonly warning?: string;
}

const PREFIX = 'pooling_mode_';
const MEAN = `${PREFIX}mean_tokens`;
const MODES: Readonly<Record<string, Pooling>> = { cls: 'cls', cls_token: 'cls', mean: 'mean', mean_tokens: 'mean' };

/**
 * Reads `1_Pooling/config.json`, as sentence-transformers writes it: flags `pooling_mode_…`, of which that of the mean is on
 * where it is absent, or the name `pooling_mode`. Several poolings side by side, and others than mean and first token, are
 * not used, with a warning.
 * @throws FILE_CORRUPT, HASH_MISMATCH for a file that cannot be read
 */
export async function readPooling(source: EncoderFolder): Promise<EncoderPooling> {
  if (!(await source.has(ENCODER_FILES.pooling))) return { mode: undefined };
  const config = await source.json(ENCODER_FILES.pooling);
  const { pooling_mode: named } = config;
  const flags = { ...config, [MEAN]: config[MEAN] ?? true };
  const found =
    typeof named === 'string'
      ? named.split('+')
      : Object.entries(flags).flatMap(([key, on]) =>
          key.startsWith(PREFIX) && on === true ? [key.slice(PREFIX.length)] : [],
        );
  const mode = found.length === 1 && Object.hasOwn(MODES, found[0]!) ? MODES[found[0]!] : undefined;
  if (mode !== undefined) return { mode };
  const at = source.at(ENCODER_FILES.pooling);
  const given = found.length === 0 ? 'no pooling' : `the pooling ${found.join(' and ')}`;
  return {
    mode,
    warning: `${at}: it names ${given}; heads have mean and cls, and use their own default. Choose one (--pooling).`,
  };
}
