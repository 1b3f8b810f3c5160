import type { BackboneRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';

/**
 * Compares the encoder that a bundle names with the one at hand.
 * @throws BACKBONE_MISMATCH for another fingerprint, architecture or size
 */
export function checkBackbone(wanted: Partial<BackboneRecord>, encoder: BackboneRecord, at: string): void {
  const differs = (['modelType', 'hidden', 'layers'] as const).filter(
    (key) => wanted[key] !== undefined && wanted[key] !== encoder[key],
  );
  const other =
    wanted.fingerprint !== undefined && ![encoder.fingerprint, encoder.derivedFrom].includes(wanted.fingerprint);
  if (differs.length === 0 && !other) return;
  const words = (record: Partial<BackboneRecord>): string =>
    `${record.id ?? 'an encoder'} (${record.modelType}, ${record.layers} × ${record.hidden}, fingerprint ${record.fingerprint?.slice(0, 12) ?? 'unknown'})`;
  throw new AdapterFusionError('BACKBONE_MISMATCH', {
    at,
    expected: words(wanted),
    got: words(encoder),
    fix: wanted.tunedFrom
      ? 'Leave --model away: the bundle carries its encoder. If that was changed, save the bundle again.'
      : 'Name the encoder it was trained on with --model.',
  });
}
