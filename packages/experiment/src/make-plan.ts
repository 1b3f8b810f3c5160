import type { ExperimentFile, GivenAdapter } from './file.js';
import { hashOf, inOrder, type Cell, type Plan, type Run, type Source } from './plan.js';
import type { Problems } from './problems.js';
import { optionsOf, type Wanted } from './run-options.js';
import { choicesFor } from './settings-of.js';
import { versionOf, type Strategy } from './strategies.js';
import type { Access, Surroundings } from './surroundings.js';

/** The layout of results: another one is measured anew. */
const LAYOUT = 1;

/** Makes the plan: a cell for every strategy, target, budget and seed, each with its run, and every run once. */
export async function makePlan(
  file: ExperimentFile,
  strategies: ReadonlyMap<string, Strategy>,
  surroundings: Surroundings,
  access: Access,
  problems: Problems,
): Promise<Plan> {
  const maker = new RunMaker(file, strategies, surroundings, access, problems);
  const cells: Cell[] = [];
  const names = file.strategies.map((given) => (typeof given === 'string' ? given : given.name));
  const targets = (file.targets ?? Object.keys(file.tasks)).filter((task) => surroundings.tasks.has(task));
  const wanted = targets.flatMap((task) =>
    names.flatMap((name) => {
      const strategy = strategies.get(name);
      if (!strategy) return [];
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
    private readonly surroundings: Surroundings,
    private readonly access: Access,
    private readonly problems: Problems,
  ) {}

  /** @returns undefined where there is no such run, which is among the problems */
  async run(wanted: Wanted, learningRate?: number): Promise<Run | undefined> {
    const { strategy, task, seed, budget } = wanted;
    const where = `strategies: ${strategy.name}, ${task}`;
    const options = await this.#options(wanted, where, learningRate);
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
        strategy.way ?? versionOf(strategy.trainer!),
      ],
      ...[tasks.get(task), { ...options, data: null, dataDir: null }, this.#methods(options)],
      sources.map((source) => [
        source.name,
        'run' in source ? source.run.id : this.surroundings.given.get(source.name),
      ]),
      candidates.map(({ id }) => id),
    ]);
    const id = `${strategy.trainer?.plugin.id ?? strategy.way!}-${task}-${seed}-${hash}`;
    const known = this.#runs.get(id);
    if (known) return known;
    const rate = learningRate === undefined ? '' : `, learning rate ${learningRate}`;
    const label = `${strategy.name} ${task}${budget === 'all' ? '' : `, ${budget} rows`}, seed ${seed}${rate}`;
    const run: Run = { id, label, strategy, task, seed, budget, options, sources, candidates };
    this.#runs.set(id, run);
    return run;
  }

  #rates({ entry, kind }: Strategy): readonly number[] {
    if (kind === 'baseline' || entry.search === false) return [];
    return (entry.search ?? this.file.search)?.learningRates ?? [];
  }

  /** Adapter and fusion with their versions. */
  #methods({ adapter, fusion }: { adapter?: string; fusion?: string }): readonly unknown[] {
    const { registry } = this.access;
    return [
      adapter === undefined ? null : versionOf(registry.configure('adapter', adapter)),
      fusion === undefined ? null : versionOf(registry.configure('fusion', fusion)),
    ];
  }

  async #options(wanted: Wanted, where: string, learningRate: number | undefined) {
    const { task, budget, strategy } = wanted;
    const record = this.surroundings.tasks.get(task);
    if (!record?.splits.train) return this.#refuse(where, `tasks.${task}`, 'rows to train on', 'none', 'Give them.');
    const { rows, labels } = record.splits.train;
    const most = choicesFor(this.file, strategy, task).trainRows ?? rows;
    const least = labels.length === 0 ? 1 : labels.filter((count) => count > 0).length;
    const wantedRows = budget === 'all' ? Math.min(most, rows) : budget;
    if (wantedRows < least || (budget !== 'all' && budget > rows))
      return this.#refuse(
        `${task} ${budget}`,
        `budgets: ${task}`,
        `from ${least} to ${rows} rows`,
        String(wantedRows),
        'Choose another.',
      );
    const measureOn = this.file.tasks[task]!.measureOn ?? 'validation';
    const target = (this.file.targets ?? Object.keys(this.file.tasks)).includes(task);
    if (target && !record.splits[measureOn])
      return this.#refuse(
        ...([task, `tasks.${task}`, `a split "${measureOn}" to measure on`] as const),
        ...([Object.keys(record.splits).join(', '), 'Choose one with "measureOn".'] as const),
      );
    if (this.file.protocol === 'paper' && target && measureOn !== 'validation')
      return this.#refuse(
        ...([
          `paper ${task}`,
          `tasks.${task}.measureOn`,
          'validation: the protocol "paper" measures these rows',
        ] as const),
        ...([measureOn, 'Leave it away, or choose the protocol "held-out".'] as const),
      );
    return this.problems.try(where, () => optionsOf(this.file, wanted, rows, this.access.path, learningRate));
  }

  /** Notes a problem once. */
  #refuse(key: string, at: string, expected: string, got: string, fix: string): undefined {
    if (!this.#refused.has(key)) this.problems.add(at, { expected, got, fix });
    this.#refused.add(key);
    return undefined;
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
      const run = await this.run(wanted);
      if (!run) return undefined;
      sources.push({ name: given, run });
    }
    return sources;
  }
}
