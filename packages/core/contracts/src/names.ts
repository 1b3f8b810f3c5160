import { AdapterFusionError } from './errors.js';

/**
 * Checks a name that a user gave to an adapter, fusion or head: it becomes part of file names and of parameter paths.
 * @throws NAME_INVALID for an empty name, one with `,` `.` `/` `\` or control characters, or over 100 characters
 */
export function checkName(name: string, what: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  const bad = /[,./\\\u0000-\u001f\u007f]/.exec(name);
  if (name.length > 0 && name.length <= 100 && !bad && name.trim() === name) return name;
  throw new AdapterFusionError('NAME_INVALID', {
    expected: `a name for ${what} of 1 to 100 characters without , . / \\ or control characters`,
    got: JSON.stringify(name),
    fix: 'Choose another, for example letters, digits, "-" and "_".',
  });
}
