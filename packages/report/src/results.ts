import type { Budget, CellResult, ExperimentResults, SourceResult } from '@adapterfusion/experiment';

/** The results of one budget, in the order of the file. */
export class Results {
  readonly budget: Budget;
  readonly strategies: readonly string[];
  readonly targets: readonly string[];
  readonly #all: ExperimentResults;

  constructor(all: ExperimentResults, budget: Budget) {
    this.#all = all;
    this.budget = budget;
    const { file, cells } = all;
    const named = file.strategies.map((given) => (typeof given === 'string' ? given : given.name));
    const has = (key: 'strategy' | 'task', name: string): boolean =>
      cells.some((cell) => cell.budget === budget && cell[key] === name);
    this.strategies = named.filter((name) => has('strategy', name));
    this.targets = (file.targets ?? Object.keys(file.tasks)).filter((name) => has('task', name));
  }

  /** The cells of a strategy, by task where one is named. */
  of(strategy: string, task?: string): CellResult[] {
    return this.#all.cells.filter(
      (cell) => cell.budget === this.budget && cell.strategy === strategy && (task === undefined || cell.task === task),
    );
  }

  /** Adapters that are mixed, on tasks that the table has not. */
  get sources(): readonly SourceResult[] {
    return this.#all.sources;
  }

  /** How many cells of a strategy have no result. */
  failed(strategy: string): number {
    return this.#all.failed.filter((cell) => cell.budget === this.budget && cell.strategy === strategy).length;
  }

  /** The first metric of a task. */
  metric(task: string): string {
    return this.#all.tasks[task]!.metrics[0]!;
  }

  /** A strategy's values of a task's first metric, one a seed. */
  values(strategy: string, task: string): number[] {
    return this.of(strategy, task).map(({ metrics }) => metrics[this.metric(task)]!);
  }

  /** 1 for every row that a cell has right, 0 for the others; undefined where answers are numbers. */
  right({ task, predictions }: CellResult): number[] | undefined {
    const { truth, labels, metrics } = this.#all.tasks[task]!;
    const indices = truth.every(Number.isInteger) && (labels.length > 0 || metrics.includes('accuracy'));
    return indices ? truth.map((label, row) => (label === predictions[row] ? 1 : 0)) : undefined;
  }

  /** What a strategy's adapters or its encoder are compared with: the file's strategies of that trainer. */
  trainerOf(strategy: string): string {
    const entry = this.#all.file.strategies.find((given) => typeof given === 'object' && given.name === strategy);
    const method = (typeof entry === 'object' ? entry.trainer : undefined) ?? strategy;
    return method.replace(/\[.*$/, '');
  }
}
