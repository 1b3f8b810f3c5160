import { identityOf, type AnyConfigured } from '@adapterfusion/contracts';
import type { Registry } from '@adapterfusion/runtime';
import { BASELINES, type Baseline } from 'adapterfusion';
import type { ExperimentFile, StrategyEntry } from './file.js';
import type { Problems } from './problems.js';

/** How a strategy is run: `train` alone, `fuse` over adapters, or a baseline. */
type Kind = 'train' | 'fuse' | 'baseline';

/** A strategy of the table, with what it needs. */
export interface Strategy {
  readonly name: string;
  readonly entry: StrategyEntry;
  readonly kind: Kind;
  /** None for a baseline. */
  readonly trainer?: AnyConfigured<'trainer'>;
  readonly baseline?: Baseline;
  readonly trainsAdapter: boolean;
  /** Its encoder is another afterwards. */
  readonly tunes: boolean;
  /** It learns several tasks in one run. */
  readonly several: boolean;
  /** The strategy whose adapters it mixes. */
  readonly over?: string;
}

/** The strategy that trains what is mixed, where nothing else is said. */
const SOURCE_STRATEGY = 'st-a';

/**
 * The strategies of a file by name, those that are needed for sources among them.
 * What trains a strategy, and so what it needs, is asked of its trainer: there is no list of strategies.
 */
export async function openStrategies(
  file: ExperimentFile,
  registry: Registry,
  problems: Problems,
): Promise<Map<string, Strategy>> {
  const found = new Map<string, Strategy>();
  const open = async (entry: StrategyEntry, at: string): Promise<void> => {
    if (found.has(entry.name))
      problems.add(at, { expected: 'a name of its own', got: `"${entry.name}" twice`, fix: 'Rename one of them.' });
    const strategy = await problems.try(at, () => openStrategy(entry, registry));
    if (!strategy) return;
    found.set(entry.name, strategy);
    await checkEntry(strategy, at, file, registry, problems);
  };
  for (const [index, given] of file.strategies.entries())
    await open(typeof given === 'string' ? { name: given } : given, `strategies.${index}`);
  const adapted = [...found.values()].filter(({ trainsAdapter, kind }) => trainsAdapter && kind === 'train');
  for (const { name, over } of [...found.values()]) {
    if (over === undefined) continue;
    const at = `strategies: ${name}`;
    if (!found.has(over)) await open({ name: over }, `${at}.over`);
    const source = found.get(over);
    if (!source || (source.trainsAdapter && source.kind === 'train')) continue;
    const fix = `Name one: ${adapted.map((each) => each.name).join(', ') || SOURCE_STRATEGY}.`;
    problems.add(`${at}.over`, { expected: 'a strategy that trains an adapter for each task', got: `"${over}"`, fix });
  }
  return found;
}

async function openStrategy(entry: StrategyEntry, registry: Registry): Promise<Strategy> {
  const { name, trainer: method = name } = entry;
  const over = entry.over ?? SOURCE_STRATEGY;
  const baseline = BASELINES.find((each) => each === method);
  const alone = { trainsAdapter: false, tunes: false, several: false };
  if (baseline !== undefined)
    return { name, entry, kind: 'baseline', baseline, ...alone, ...(baseline === 'average' ? { over } : {}) };
  const trainer = await registry.load('trainer', method);
  const { supports } = trainer.plugin;
  const trains = trainsOf(trainer);
  const fuses = trains.includes('fusion');
  const kind = fuses ? 'fuse' : 'train';
  return {
    ...{ name, entry, kind, trainer },
    ...{ trainsAdapter: trains.includes('adapter') && !fuses, tunes: trains.includes('encoder') },
    several: supports.tasks === 'several',
    ...(fuses ? { over } : {}),
  };
}

/** What trains beside the heads. */
export const trainsOf = (trainer: AnyConfigured<'trainer'>): readonly string[] =>
  trainer.create({}).trains ?? trainer.plugin.supports.trains;

/** What contradicts the strategy: options that nothing reads. */
async function checkEntry(
  { entry, kind, trainsAdapter, several, over }: Strategy,
  at: string,
  file: ExperimentFile,
  registry: Registry,
  problems: Problems,
): Promise<void> {
  const useless = (key: keyof StrategyEntry, why: string): void => {
    if (entry[key] !== undefined)
      problems.add(`${at}.${key}`, {
        expected: `none: "${entry.name}" ${why}`,
        got: JSON.stringify(entry[key]),
        fix: 'Remove it.',
      });
  };
  if (!trainsAdapter) useless('adapter', 'trains no adapter');
  if (kind !== 'fuse') useless('fusion', 'trains no fusion');
  if (over === undefined) useless('over', 'mixes no adapters');
  if (!several) useless('order', 'learns one task at a time');
  for (const task of entry.order ?? [])
    if (!Object.hasOwn(file.tasks, task))
      problems.add(`${at}.order`, {
        expected: 'tasks of this file',
        got: JSON.stringify(task),
        fix: 'Add it to "tasks".',
      });
  if (several && (entry.order?.length ?? 2) < 2)
    problems.add(`${at}.order`, { expected: 'two tasks or more', got: '1', fix: 'Name another one.' });
  if (several) useless('search', 'learns several tasks, of which none decides');
  if (kind === 'baseline') useless('search', 'has no learning rate');
  for (const [key, plugin] of [
    ['adapter', 'adapter'],
    ['fusion', 'fusion'],
  ] as const) {
    const method = entry[key];
    if (method !== undefined) await problems.try(`${at}.${key}`, () => registry.load(plugin, method));
  }
}

/** What a method is, with its version: equal ones compute the same. */
export const versionOf = ({ plugin, options }: AnyConfigured): readonly unknown[] => [
  `${identityOf(plugin)}@${plugin.packageVersion}`,
  options,
];
