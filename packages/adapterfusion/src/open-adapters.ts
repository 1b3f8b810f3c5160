import { AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';
import type { SourceRecord } from '@adapterfusion/checkpoint';
import {
  adapterHash,
  addAdapters,
  findBundle,
  type BundlePlace,
  type HeadPart,
  type Setup,
  type SetupPart,
} from '@adapterfusion/runtime';
import { openSetup } from './open-setup.js';
import type { CommonOptions } from './options.js';
import type { Session } from './session.js';

/** An adapter that was put on the model, with what its bundle says. */
export interface OpenAdapter {
  /** Its local name. */
  readonly name: string;
  /** The head that it was trained with; absent where the bundle has none of its own for it. */
  readonly head?: HeadPart;
  /** How it was trained: the bundle's record for its task. */
  readonly training: { readonly [key: string]: JsonValue | undefined };
}

/**
 * Puts trained adapters on the model under their local names, and notes the packages that they came from.
 * @param options.adapters folders, packages or archives, each `place` or `name=place`
 * @returns the adapters, in order
 * @throws OPTIONS_INVALID for none; BUNDLE_INVALID; NAME_INVALID for two of one name; and what `openSetup` throws
 */
export async function openAdapters(
  session: Session,
  options: Pick<CommonOptions, 'onWarning'> & {
    readonly adapters: readonly string[];
    readonly backboneUnverified?: boolean;
  },
): Promise<OpenAdapter[]> {
  if (options.adapters.length === 0)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'adapters',
      expected: 'at least one adapter',
      got: 'none',
      fix: 'Name the folders of trained adapters.',
    });
  const { files, registry, encoder, model, sources } = session;
  const opened: OpenAdapter[] = [];
  for (const given of options.adapters) {
    const [, local, path] = /^(?:([^=/\\]+)=)?(.+)$/.exec(given) ?? [];
    const place = await findBundle(files, path ?? given);
    const setup = await openSetup(place.folder, { ...options, files: place.files, registry, encoder });
    const found = [...setup.adapters];
    if (found.length === 0 || (local !== undefined && found.length > 1))
      throw new AdapterFusionError('BUNDLE_INVALID', {
        at: given,
        expected: 'one adapter',
        got: found.length === 0 ? 'none' : found.map(([name]) => name).join(', '),
        fix: found.length === 0 ? 'Name a bundle with an adapter.' : 'Leave the name away to take them all.',
      });
    for (const [name, part] of found) {
      const chosen = local ?? name;
      if (opened.some((each) => each.name === chosen))
        throw new AdapterFusionError('NAME_INVALID', {
          at: given,
          expected: 'a name of its own for every adapter',
          got: `"${chosen}" twice`,
          fix: `Give one another name: --adapters other=${path}`,
        });
      addAdapters(model, new Map([[chosen, part]]), registry);
      const source = await sourceOf(place, name, part);
      if (source) sources.set(chosen, source);
      opened.push({ name: chosen, training: recordOf(setup, name), ...headOf(setup, name) });
    }
  }
  return opened;
}

/** The head that an adapter was trained with: the one of its name, or the only one. */
function headOf({ kind, heads }: Setup, name: string): { head?: HeadPart } {
  if (kind !== 'adapter') return {};
  const head = heads.get(name) ?? (heads.size === 1 ? [...heads.values()][0] : undefined);
  return head ? { head } : {};
}

/** The record of the training, of several tasks with the adapter's own entry. */
function recordOf({ training }: Setup, name: string): OpenAdapter['training'] {
  const { tasks } = training;
  const own = Array.isArray(tasks)
    ? (tasks as readonly { readonly [key: string]: JsonValue | undefined }[]).find((task) => task['name'] === name)
    : undefined;
  return { ...training, ...own };
}

/** Where an adapter was first published; it is carried by what is made of it until that is packed. */
async function sourceOf(place: BundlePlace, name: string, part: SetupPart): Promise<SourceRecord | undefined> {
  if (part.source) return { ...part.source, carried: true };
  if (!place.package) return undefined;
  const { name: published, version } = place.package;
  return { package: published, version, adapter: name, sha256: await adapterHash(part), carried: true };
}
