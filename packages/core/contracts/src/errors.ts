/** Every error code there is. Codes are API and keep their meaning within a major version; messages are help and may change. */
export const ERROR_CODES = [
  'ABORTED',
  'ADAPTER_CHANGED',
  'BACKBONE_MISMATCH',
  'BACKBONE_UNVERIFIED',
  'BACKEND_FAILED',
  'BACKEND_LIMIT',
  'BACKEND_LOST',
  'BACKEND_UNAVAILABLE',
  'BUNDLE_COMPILED',
  'BUNDLE_INVALID',
  'CHECKPOINT_INVALID',
  'COMPOSITION_INVALID',
  'DATA_INVALID',
  'FILE_CORRUPT',
  'FILE_EXISTS',
  'FILE_NOT_FOUND',
  'FILE_WRITE_FAILED',
  'HASH_MISMATCH',
  'HUB_DENIED',
  'HUB_FAILED',
  'HUB_NOT_FOUND',
  'HUB_UNREACHABLE',
  'LABEL_UNKNOWN',
  'LOSS_NOT_FINITE',
  'NAME_INVALID',
  'NATIVE_INSTALL_FAILED',
  'OPTIONS_INVALID',
  'PACKAGE_DUPLICATE',
  'PICKLE_REFUSED',
  'PLUGIN_DUPLICATE',
  'PLUGIN_FAILED',
  'PLUGIN_INVALID',
  'PLUGIN_MISSING',
  'PLUGIN_VERSION',
  'RESUME_REFUSED',
  'SITE_UNSUPPORTED',
  'SPEC_UNSUPPORTED',
  'TENSORS_INVALID',
  'UNSUPPORTED',
  'USAGE',
] as const;

/** One of {@link ERROR_CODES}; each has a heading in docs/errors.md. */
export type ErrorCode = (typeof ERROR_CODES)[number];

const marker = Symbol.for('adapterfusion.error');

/** The three parts of every message. */
export interface ErrorParts {
  /** What was expected. */
  readonly expected: string;
  /** What came instead. */
  readonly got: string;
  /** What the reader can do about it. */
  readonly fix: string;
  /** Where: `file:line`, a path within a file, a tensor name. */
  readonly at?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. Recognise it with {@link AdapterFusionError.is}, not `instanceof`: several copies of this package
 * may be loaded at once.
 */
export class AdapterFusionError extends Error {
  readonly code: ErrorCode;
  readonly at: string | undefined;

  constructor(code: ErrorCode, parts: ErrorParts) {
    const where = parts.at === undefined ? '' : `${parts.at}: `;
    super(`${where}expected ${parts.expected}; got ${parts.got}. ${parts.fix}`, { cause: parts.cause });
    this.name = 'AdapterFusionError';
    this.code = code;
    this.at = parts.at;
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for an AdapterFusionError made by any copy of this package. */
  static is(error: unknown): error is AdapterFusionError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
