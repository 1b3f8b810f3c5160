import type { BackboneRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';

/**
 * Compares the encoder that a bundle names with the one at hand. Where one of them says that it is a copy of the other at
 * another precision, or both are copies of the same, they go together.
 * @returns false for such a copy, whose numbers are a little others; true for the encoder itself, and where the bundle
 * knows no fingerprint
 * @throws BACKBONE_MISMATCH for another fingerprint, architecture or size
 */
export function checkBackbone(wanted: Partial<BackboneRecord>, encoder: BackboneRecord, at: string): boolean {
  const differs = (['modelType', 'hidden', 'layers'] as const).filter(
    (key) => wanted[key] !== undefined && wanted[key] !== encoder[key],
  );
  const same = wanted.fingerprint === undefined || wanted.fingerprint === encoder.fingerprint;
  const copy = kin(wanted).some((print) => kin(encoder).includes(print));
  if (differs.length === 0 && (same || copy)) return same;
  const words = (record: Partial<BackboneRecord>): string =>
    `${record.id ?? 'an encoder'} (${record.modelType}, ${record.layers} × ${record.hidden}, fingerprint ${record.fingerprint?.slice(0, 12) ?? 'unknown'})`;
  throw new AdapterFusionError('BACKBONE_MISMATCH', {
    at,
    expected: words(wanted),
    got: words(encoder),
    fix: wanted.tunedFrom
      ? 'Remove --model: the bundle includes its encoder.'
      : 'Name the encoder it was trained on with --model.',
  });
}

/** The fingerprints that an encoder goes by: its own, and that of the weights which it is a copy of. */
const kin = ({ fingerprint, derivedFrom }: Partial<BackboneRecord>): string[] =>
  [fingerprint, derivedFrom].filter((print) => print !== undefined);
