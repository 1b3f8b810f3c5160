import { definePlugin } from '@adapterfusion/contracts';
import { createAttention } from './attention.js';
import { createTextbook } from './textbook.js';
import { parseDynamic, parseStatic, type AttentionOptions } from './options.js';

const common = {
  kind: 'fusion',
  packageName: '@adapterfusion/fusion-attention',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: true },
  create: (options: AttentionOptions, { attentionDropout }: { attentionDropout: number }) =>
    createAttention(options, attentionDropout),
} as const;

/**
 * AdapterFusion's attention over adapters (Pfeiffer et al. 2021, section 3.2), with query, key and value projections.
 * Exact and factored: children that have a low-rank form are never expanded.
 */
export const attention = definePlugin<'fusion', AttentionOptions>({
  ...common,
  id: 'attention',
  aliases: ['dynamic'],
  options: parseDynamic,
});

/** The same without value projection, the reference's static fusion. */
export const staticAttention = definePlugin<'fusion', AttentionOptions>({
  ...common,
  id: 'static',
  options: parseStatic,
});

/** The dynamic fusion computed as the paper writes it, without factoring: to measure against. The same parameters. */
export const textbook = definePlugin<'fusion', AttentionOptions>({
  ...common,
  id: 'textbook',
  options: parseDynamic,
  create: (options, { attentionDropout }) => createTextbook(options, attentionDropout),
});
