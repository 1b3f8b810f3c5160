import type { SavedEvent } from 'adapterfusion';
import type { TrainingFlags } from './flags.js';

/** The command that measures what a training run saved; a bundle that carries its encoder needs no `--model`. */
export function evaluateCommand(flags: TrainingFlags, { kind }: SavedEvent): string[] {
  const { out, model, data, dataDir, text, pair, label, id, dataOption = [], backend, maxLength } = flags;
  const values = {
    '--model': kind === 'model' ? undefined : model,
    '--data': data,
    '--data-dir': dataDir,
    '--text': text,
    '--pair': pair,
    '--label': label,
    '--id': id,
    '--max-length': maxLength,
    '--backend': backend === 'auto' ? undefined : backend,
  };
  const named = Object.entries(values).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  return [
    'evaluate',
    out,
    '--split',
    flags.measureOn ?? 'validation',
    ...named,
    ...dataOption.flatMap((option) => ['--data-option', option]),
  ];
}
