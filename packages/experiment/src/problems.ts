import { AdapterFusionError, type ErrorParts } from '@adapterfusion/contracts';

/** What is wrong with an experiment, all of it. */
export class Problems {
  readonly list: AdapterFusionError[] = [];

  /** Notes a problem of the file. */
  add(at: string, parts: Omit<ErrorParts, 'at'>): void {
    this.list.push(new AdapterFusionError('OPTIONS_INVALID', { at, ...parts }));
  }

  /** Does what may fail. @returns undefined where it did, which is noted */
  async try<T>(at: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!AdapterFusionError.is(error) || error.code === 'ABORTED') throw error;
      this.list.push(error.message.startsWith(at) ? error : located(error, at));
      return undefined;
    }
  }

  /**
   * Ends with all that was noted: one problem as it is, several as the causes of one error.
   * @param file what the experiment is called in messages
   */
  throwAny(file: string): void {
    const [first, ...more] = this.list;
    if (first === undefined) return;
    if (more.length === 0) throw first;
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: file,
      expected: 'an experiment that can be run',
      got: `${this.list.length} problems:${this.list.map(({ message }, index) => ` (${index + 1}) ${message}`).join('')}`,
      fix: 'Mend them all; nothing was run.',
      cause: new AggregateError(this.list),
    });
  }
}

/** The same error, said to be at a place of the file. */
function located(error: AdapterFusionError, at: string): AdapterFusionError {
  const said = Object.assign(Object.create(error) as AdapterFusionError, { message: `${at}: ${error.message}`, at });
  return said;
}
