import type { AnyConfigured } from '@adapterfusion/contracts';

/** How the table calls the average. @param strength of it */
export const averageName = (strength = 1): string =>
  strength === 1 ? 'average of the adapters' : `average of the adapters, strength ${strength}`;

/** A method with the options that tell its forms apart. */
export function describeFusion({ plugin, options }: AnyConfigured<'fusion'>): string {
  const { per, initial } = options as { readonly per?: string; readonly initial?: string };
  const said = per !== undefined ? `[per=${per}]` : initial !== undefined ? `[initial=${initial}]` : '';
  return `${plugin.id}${said}`;
}
