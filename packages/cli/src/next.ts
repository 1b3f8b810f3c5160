import type { SavedEvent } from 'adapterfusion';
import type { TrainingFlags } from './flags.js';

/**
 * The command that measures what a training run saved; a bundle that carries its encoder needs no `--model`.
 * @returns nothing for an encoder without heads, on which the adapters of several tasks stand
 */
export function evaluateCommand(flags: TrainingFlags, { kind, path, tasks, parameters }: SavedEvent): string[] {
  if (kind === 'model' && parameters.adapters > 0) return [];
  const { model, data, dataDir, taskKind, text, pair, label, id, dataOption = [], backend, maxLength } = flags;
  const values = {
    '--task': tasks.length > 1 ? tasks[0]!.name : undefined,
    '--model': kind === 'model' ? undefined : model,
    '--data': data,
    '--data-dir': dataDir,
    '--task-kind': taskKind,
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
    path,
    '--split',
    tasks[0]!.split,
    ...named,
    ...dataOption.flatMap((option) => ['--data-option', option]),
  ];
}
