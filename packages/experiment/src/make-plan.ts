import type { Budget, ExperimentFile, GivenAdapter } from './file.js';
import { hashOf, inOrder, type Cell, type Plan, type Run, type Source } from './plan.js';
import type { Problems } from './problems.js';
import { optionsOf, type Wanted } from './run-options.js';
import { choicesFor } from './settings-of.js';
import { versionOf, type Strategy } from './strategies.js';
import type { Access, CreateContext } from './surroundings.js';

/** The layout of results: another one is measured anew. */
const LAYOUT = 1;

/** Makes the plan: a cell for every strategy, target, budget and seed, each with its run, and every run once. */
export async function makePlan(
  file: ExperimentFile,
  strategies: ReadonlyMap<string, Strategy>,
  surroundings: CreateContext,
  access: Access,
  problems: Problems,
): Promise<Omit<Plan, 'count'>> {
  const maker = new RunMaker(file, strategies, surroundings, access, problems);
  const cells: Cell[] = [];
  const names = file.strategies.map((given) => (typeof given === 'string' ? given : given.name));
  const targets = (file.targets ?? Object.keys(file.tasks)).filter((task) => surroundings.tasks.has(task));
  const wanted = targets.flatMap((task) =>
    names.flatMap((name) => {
      const strategy = strategies.get(name);
      if (!strategy) return [];
      // A strategy of several tasks has cells for those that it learns.
      if (strategy.entry.order && !strategy.entry.order.includes(task)) return [];
      return (file.budgets ?? ['all']).flatMap((budget) =>
        choicesFor(file, strategy, task).seeds.map((seed) => ({ strategy, task, seed, budget })),
      );
    }),
  );
  // Seed by seed, so that a plan cut short has seen every task.
  for (const each of wanted.sort((a, b) => a.seed - b.seed)) {
    const run = await maker.run(each);
    if (run) cells.push({ ...each, strategy: each.strategy.name, run });
  }
  return { file, access, surroundings, cells, runs: inOrder(cells) };
}

/** Makes runs, equal ones once. */
class RunMaker {
  readonly #runs = new Map<string, Run>();
  readonly #refused = new Set<string>();

  constructor(
    private readonly file: ExperimentFile,
    private readonly strategies: ReadonlyMap<string, Strategy>,
    private readonly surroundings: CreateContext,
    private readonly access: Access,
    private readonly problems: Problems,
  ) {}

  /** @returns undefined where there is no such run, which is among the problems */
  async run(wanted: Wanted, learningRate?: number): Promise<Run | undefined> {
    const { strategy, task, seed, budget } = wanted;
    const names = strategy.several ? this.#names(strategy, task) : [task];
    const options = await this.#options(wanted, names, learningRate);
    const sources = await this.#sources(wanted);
    if (!options || !sources) return undefined;
    const rates = this.#rates(strategy);
    const candidates: Run[] = [];
    if (learningRate === undefined)
      for (const rate of rates) {
        const first = choicesFor(this.file, strategy, task).seeds[0] ?? seed;
        const candidate = await this.run({ ...wanted, seed: first }, rate);
        if (candidate) candidates.push(candidate);
      }
    const { encoder, backend, tasks, code } = this.surroundings;
    const hash = await hashOf([
      ...[
        LAYOUT,
        encoder.sha256,
        backend.name,
        backend.version,
        backend.threads,
        code,
        strategy.baseline ?? versionOf(strategy.trainer!),
      ],
      names.map((name) => tasks.get(name)),
      { ...options, tasks: options.tasks.map(({ data: _, dataDir: __, ...own }) => own) },
      ...(await this.#methods(options)),
      sources.map((source) => [
        source.name,
        'run' in source ? source.run.id : this.surroundings.given.get(source.name),
      ]),
      candidates.map(({ id }) => id),
    ]);
    const what = names.length === 1 ? task : `${names.length}-tasks`;
    const id = `${strategy.trainer?.plugin.id ?? strategy.baseline!}-${what}-${seed}-${hash}`;
    const known = this.#runs.get(id);
    if (known) return known;
    const rate = learningRate === undefined ? '' : `, learning rate ${learningRate}`;
    const label = `${strategy.name} ${names.length === 1 || budget !== 'all' ? task : `${names.length} tasks`}${budget === 'all' ? '' : `, ${budget} rows`}, seed ${seed}${rate}`;
    const tuned = sources.find((source) => 'run' in source && source.run.strategy.tunes);
    const stands = tuned && 'run' in tuned ? { encoder: tuned.run } : {};
    const run: Run = { id, label, strategy, seed, options, sources, candidates, ...stands };
    this.#runs.set(id, run);
    return run;
  }

  #rates({ entry, kind }: Strategy): readonly number[] {
    if (kind === 'baseline' || entry.search === false) return [];
    return (entry.search ?? this.file.search)?.learningRates ?? [];
  }

  /** Adapter and fusion with their versions. */
  async #methods({ adapter, fusion }: { adapter?: string; fusion?: string }): Promise<readonly unknown[]> {
    const { registry } = this.access;
    return [
      adapter === undefined ? null : versionOf(await registry.load('adapter', adapter)),
      fusion === undefined ? null : versionOf(await registry.load('fusion', fusion)),
    ];
  }

  /** The tasks of a run of several. */
  #names({ entry }: Strategy, target: string): string[] {
    if (entry.order) return [...entry.order];
    const sources = (this.file.sources ?? Object.keys(this.file.tasks)).filter((each) => typeof each === 'string');
    return [...sources, ...(sources.includes(target) ? [] : [target])];
  }

  async #options(wanted: Wanted, names: readonly string[], learningRate: number | undefined) {
    const { strategy, task, budget } = wanted;
    const fits = names.map((name) => this.#checkTask(strategy, name, name === task ? budget : 'all'));
    if (fits.includes(false)) return undefined;
    return this.problems.try(`strategies: ${strategy.name}, ${task}`, () =>
      optionsOf(this.file, wanted, names, this.surroundings, this.access.path, learningRate),
    );
  }

  /** Whether a task has the rows that are wanted; if not, that is a problem. */
  #checkTask(strategy: Strategy, task: string, budget: Budget): boolean {
    const record = this.surroundings.tasks.get(task);
    // What it lacks is among the problems already.
    if (!record) return false;
    if (!record.splits.train) return this.#refuse(task, `tasks.${task}`, 'rows to train on', 'none', 'Give them.');
    const { rows, labels } = record.splits.train;
    const most = choicesFor(this.file, strategy, task).trainRows ?? rows;
    const least = Math.max(1, labels.filter((count) => count > 0).length);
    const wanted = budget === 'all' ? Math.min(most, rows) : budget;
    if (wanted < least || wanted > rows) {
      const expected = `from ${least} rows, one of every label, to ${rows}, those that there are`;
      return this.#refuse(`${task} ${wanted}`, `budgets: ${task}`, expected, String(wanted), 'Choose another number.');
    }
    const { protocol, targets = Object.keys(this.file.tasks) } = this.file;
    if (!targets.includes(task)) return true;
    const measureOn = this.file.tasks[task]!.measureOn ?? 'validation';
    const splits = Object.keys(record.splits).join(', ');
    if (!record.splits[measureOn])
      return this.#refuse(task, `tasks.${task}`, `a split "${measureOn}" to measure on`, splits, 'Set "measureOn".');
    if (protocol === 'paper' && measureOn !== 'validation') {
      const fix = 'Leave it away, or choose the protocol "held-out".';
      return this.#refuse(task, `tasks.${task}.measureOn`, 'validation, as the paper has it', measureOn, fix);
    }
    return true;
  }

  /** Notes a problem once. */
  #refuse(key: string, at: string, expected: string, got: string, fix: string): false {
    if (!this.#refused.has(key)) this.problems.add(at, { expected, got, fix });
    this.#refused.add(key);
    return false;
  }

  /** What a run mixes: the other tasks' adapters, then its own task's on the rows of its budget, which leads. */
  async #sources({ strategy, task, seed, budget }: Wanted): Promise<Source[] | undefined> {
    const over = strategy.over === undefined ? undefined : this.strategies.get(strategy.over);
    if (strategy.over === undefined) return [];
    if (!over) return undefined;
    const all: readonly (string | GivenAdapter)[] = this.file.sources ?? Object.keys(this.file.tasks);
    const others = all.filter((each) => each !== task);
    const sources: Source[] = [];
    for (const given of [...others, ...(others.length < all.length ? [task] : [])]) {
      if (typeof given === 'object') {
        sources.push({ name: given.name, bundle: this.access.path(given.bundle) });
        continue;
      }
      const own = given === task;
      const wanted: Wanted = own
        ? { strategy: over, task, seed, budget }
        : { strategy: over, task: given, seed: this.file.sourceSeed ?? seed, budget: 'all' };
      // Adapters that were learned together are mixed together.
      const together: Wanted = { strategy: over, task, seed: seedOf(over, seed), budget };
      const run = await this.run(over.several ? together : wanted);
      if (!run) return undefined;
      sources.push({ name: given, run });
    }
    return sources;
  }
}

/** The seed itself, or the first of a strategy that has others of its own. */
const seedOf = ({ entry: { seeds } }: Strategy, seed: number): number =>
  seeds === undefined || seeds.includes(seed) ? seed : seeds[0]!;
