import { parseJsonObject } from '@adapterfusion/checkpoint';
import { ENCODER_FILES } from './encoder-folder.js';
import type { Encoder } from './encoder.js';

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
 * Reads `1_Pooling/config.json` of an encoder, as sentence-transformers writes it: flags `pooling_mode_…`, of which that of
 * the mean is on where it is absent, or the name `pooling_mode`. Several poolings side by side, and others than mean and
 * first token, are not used, with a warning.
 * @param encoder as `loadEncoder` read it
 * @throws FILE_CORRUPT for what is not a JSON object in UTF-8
 */
export function poolingOf({ settings, record }: Pick<Encoder, 'settings' | 'record'>): EncoderPooling {
  const bytes = settings.get(ENCODER_FILES.pooling);
  if (!bytes) return { mode: undefined };
  const at = `${record.id}/${ENCODER_FILES.pooling}`;
  const config = parseJsonObject(bytes, 'FILE_CORRUPT', at, 'a JSON object', 'Fetch the file again.');
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
  const given = found.length === 0 ? 'no pooling' : `the pooling ${found.join(' and ')}`;
  return {
    mode,
    warning: `${at}: it names ${given}; heads have mean and cls, and use their own default. Choose one (--pooling).`,
  };
}
