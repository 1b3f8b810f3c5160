import type { LoopSettings } from '@adapterfusion/contracts';
import type { ExperimentFile, FileSettings, Protocol, StrategyTask } from './file.js';
import { trainsOf, type Strategy } from './strategies.js';

/** Epochs without improvement after which the paper's runs stop; the paper gives no number. */
const PATIENCE = 3;

/** The paper's settings (arXiv 2005.00247, §4.1); batch size and length, which it does not give, are AdapterHub's. */
const PAPER = { batchSize: 32, maxLength: 128, patience: PATIENCE, keep: 'best' } as const satisfies FileSettings;
const PAPER_FUSION: FileSettings = { ...PAPER, learningRate: 5e-5, epochs: 10 };
const PAPER_ADAPTER: FileSettings = { ...PAPER, learningRate: 1e-4, epochs: 30 };

/** What the protocol gives where the file says nothing. */
function protocolSettings(protocol: Protocol, { trainer }: Strategy): FileSettings {
  if (protocol === 'held-out' || !trainer) return {};
  const trains = trainsOf(trainer);
  if (trains.includes('fusion')) return PAPER_FUSION;
  return trains.includes('adapter') ? PAPER_ADAPTER : PAPER;
}

/** What a strategy of several tasks does: the strategy's word, the file's, the protocol's. */
export const settingsForAll = (file: ExperimentFile, strategy: Strategy): FileSettings => ({
  ...protocolSettings(file.protocol, strategy),
  ...file.settings,
  ...strategy.entry.settings,
});

/** What a strategy does on a task: the strategy's word for the task, the strategy's, the task's, the file's, the protocol's. */
export function choicesFor(
  file: ExperimentFile,
  strategy: Strategy,
  task: string,
): Required<Pick<StrategyTask, 'settings' | 'seeds'>> & Pick<StrategyTask, 'trainRows'> {
  const { entry } = strategy;
  const own = entry.tasks?.[task];
  const common = file.tasks[task] ?? {};
  const caps = [own?.trainRows, entry.trainRows, common.trainRows].filter((each) => each !== undefined);
  const settings = {
    ...protocolSettings(file.protocol, strategy),
    ...file.settings,
    ...common.settings,
    ...entry.settings,
    ...own?.settings,
  };
  return {
    settings,
    // The seeds of one task are no reason to learn all others again.
    seeds: own?.seeds ?? entry.seeds ?? (strategy.several ? undefined : common.seeds) ?? file.seeds,
    ...(caps.length > 0 ? { trainRows: Math.min(...caps) } : {}),
  };
}

/** Whether weights are chosen by measured rows while training. */
export const chooses = ({ keep, patience }: Partial<LoopSettings>): boolean => keep === 'best' || (patience ?? 0) > 0;
