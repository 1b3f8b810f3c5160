import { parseJsonObject } from '@adapterfusion/checkpoint';
import { nearest } from '@adapterfusion/contracts';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { ExperimentFile } from './file.js';
import type { Problems } from './problems.js';
import { EXPERIMENT_SCHEMA } from './schema.js';

const validate = new Ajv2020({ allErrors: true, verbose: true, strict: false }).compile<ExperimentFile>(
  EXPERIMENT_SCHEMA,
);

/**
 * Reads an experiment file.
 * @param at its path, for messages
 * @returns undefined where its form is wrong: every fault is among the problems
 * @throws OPTIONS_INVALID for what is no JSON object
 */
export function parseExperiment(bytes: Uint8Array, at: string, problems: Problems): ExperimentFile | undefined {
  const given = parseJsonObject(bytes, 'OPTIONS_INVALID', at, 'a JSON object', 'See experiment.schema.json.');
  return checkForm(given, problems);
}

/** Checks the form of an experiment. @returns undefined where it is wrong: every fault is among the problems */
export function checkForm(given: unknown, problems: Problems): ExperimentFile | undefined {
  if (validate(given)) return given;
  const errors = validate.errors ?? [];
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf');
  for (const error of errors) {
    const choice = choices.find((each) => isWithin(error, each));
    if (!choice || (isObject(choice.data) && !isOtherForm(error, choice))) describe(error, problems);
  }
  return undefined;
}

/** Whether an error is about a form of a choice. */
const isWithin = ({ schemaPath, instancePath }: ErrorObject, choice: ErrorObject): boolean =>
  schemaPath.startsWith(`${choice.schemaPath}/`) && `${instancePath}/`.startsWith(`${choice.instancePath}/`);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Whether an error only says that an object is none of the other forms of a choice. */
const isOtherForm = ({ keyword, instancePath }: ErrorObject, choice: ErrorObject): boolean =>
  instancePath === choice.instancePath && ['type', 'const'].includes(keyword);

function describe(error: ErrorObject, problems: Problems): void {
  const at = pathOf(error.instancePath) || 'the file';
  const { params, keyword, message = 'another form' } = error;
  const got = JSON.stringify(error.data)?.slice(0, 60) ?? 'nothing';
  if (keyword === 'additionalProperties') {
    const key = String(params['additionalProperty']);
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
    const near = nearest(key, known);
    const fix = near === undefined ? 'Remove it.' : `Did you mean "${near}"?`;
    problems.add(at, { expected: `keys ${known.join(', ')}`, got: JSON.stringify(key), fix });
  } else if (keyword === 'required')
    problems.add(at, { expected: `the key "${String(params['missingProperty'])}"`, got: 'none', fix: 'Add it.' });
  else if (keyword === 'enum' || keyword === 'const') {
    const allowed = keyword === 'enum' ? (params['allowedValues'] as unknown[]) : [params['allowedValue']];
    problems.add(at, { expected: allowed.map((each) => JSON.stringify(each)).join(' or '), got, fix: 'Choose one.' });
  } else if (keyword === 'anyOf') {
    if (isObject(error.data)) return;
    problems.add(at, { expected: 'a name, number or object as the schema has it', got, fix: 'Correct it.' });
  } else problems.add(at, { expected: `a value that ${message}`, got, fix: 'Correct it.' });
}

/** `/tasks/rte/settings` as `tasks.rte.settings`. */
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
