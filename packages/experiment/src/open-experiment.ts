import { AdapterFusionError } from '@adapterfusion/contracts';
import { filesOf, openBackend, registryOf, type CommonOptions } from 'adapterfusion';
import type { ExperimentFile } from './file.js';
import { makePlan } from './make-plan.js';
import { bytesOfRun } from './amount.js';
import { checkForm, parseExperiment } from './parse.js';
import type { Plan } from './plan.js';
import { Problems } from './problems.js';
import { openStrategies } from './strategies.js';
import { lookAround, NO_BACKEND, type Access } from './surroundings.js';
import type { Places } from './workers.js';

/** Where an experiment comes from. */
export interface OpenOptions extends Pick<CommonOptions, 'files' | 'registry'> {
  /** The path of a file of JSON, or what it would hold; then paths are relative to the working folder. */
  readonly experiment: string | ExperimentFile;
}

/**
 * Reads and checks an experiment, opens the backend and reads all data, and plans every run. Nothing is trained.
 * @param places where runs are done, and the backend is opened; by default one, here
 * @throws FILE_NOT_FOUND for the file; OPTIONS_INVALID with all problems of the experiment at once, each a cause
 */
export async function planExperiment(options: OpenOptions, places?: Places): Promise<Plan> {
  const { experiment } = options;
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const problems = new Problems();
  const at = typeof experiment === 'string' ? experiment : 'the experiment';
  const file =
    typeof experiment === 'string'
      ? parseExperiment(await files.read(experiment), experiment, problems)
      : checkForm(experiment, problems);
  if (!file) {
    problems.throwAny(at);
    throw new TypeError('a form that is wrong has problems');
  }
  const folder = typeof experiment === 'string' ? experiment.replace(/[^/\\]*$/, '') : '';
  const path = (given: string): string => (/^\.{1,2}[/\\]/.test(given) ? files.join(folder || '.', given) : given);
  const access: Access = { files, registry, path };
  for (const kind of ['adapter', 'fusion'] as const) {
    const method = file[kind];
    if (method !== undefined) await problems.try(kind, () => registry.load(kind, method));
  }
  const strategies = await openStrategies(file, registry, problems);
  const around = await lookAround(file, access, problems);
  const wanted = file.backend ?? 'auto';
  const opened = await problems.try('backend', async () => {
    if (!places) return { backend: await openBackend(wanted), count: 1 };
    // How much memory a run needs is the same whatever computes.
    const draft = await makePlan(file, strategies, { ...around, backend: NO_BACKEND }, access, new Problems());
    return places.open(wanted, Math.max(0, ...draft.runs.map((run) => bytesOfRun(draft, run))));
  });
  const { backend, count } = opened ?? { backend: NO_BACKEND, count: 1 };
  const plan = await makePlan(file, strategies, { ...around, backend }, access, problems);
  problems.throwAny(at);
  if (plan.cells.length > 0) return { ...plan, count };
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at,
    expected: 'a cell to measure',
    got: 'none',
    fix: 'Name targets.',
  });
}
