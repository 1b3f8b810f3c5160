import type { Input, LoadedModel, Prediction, PredictOptions } from 'adapterfusion';

interface Waiting {
  readonly input: Input;
  readonly options: PredictOptions;
  readonly key: string;
  readonly gone: () => boolean;
  readonly resolve: (prediction: Prediction) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs one batch at a time, oldest inputs first. What comes meanwhile is merged where its options are equal. */
export class Queue {
  /** Settles when nothing waits and nothing runs. */
  idle: Promise<void> = Promise.resolve();
  #waiting: Waiting[] = [];
  #running = false;

  constructor(
    private readonly model: LoadedModel,
    private readonly maxBatch: number,
  ) {}

  /** Inputs that wait; those of the running batch do not count. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Predicts in the order of the inputs. @param gone true when nobody wants the rest: it is dropped, unanswered */
  predict(inputs: readonly Input[], options: PredictOptions, gone = () => false): Promise<Prediction[]> {
    const same = { options, key: JSON.stringify(options), gone };
    const answer = (input: Input) =>
      new Promise<Prediction>((resolve, reject) => this.#waiting.push({ input, ...same, resolve, reject }));
    const answers = Promise.all(inputs.map(answer));
    if (!this.#running) this.idle = this.#run();
    return answers;
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let batch = this.#next(); batch.length > 0; batch = this.#next())
      try {
        const inputs = batch.map(({ input }) => input);
        const predictions = await this.model.predict(inputs, { ...batch[0]!.options, batchSize: this.maxBatch });
        batch.forEach(({ resolve }, index) => resolve(predictions[index]!));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    this.#running = false;
  }

  #next(): Waiting[] {
    const wanted = this.#waiting.filter(({ gone }) => !gone());
    const batch = new Set(wanted.filter(({ key }) => key === wanted[0]!.key).slice(0, this.maxBatch));
    this.#waiting = wanted.filter((each) => !batch.has(each));
    return [...batch];
  }
}
