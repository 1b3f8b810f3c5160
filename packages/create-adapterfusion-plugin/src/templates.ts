import { readFileSync } from 'node:fs';

/** Kinds of plugins that a package is written for. `head` is a task kind with its head. */
export const KINDS = ['adapter', 'fusion', 'head', 'dataset'] as const;
export type Kind = (typeof KINDS)[number];

/** Licences of a new package; `none` reserves all rights. */
export const LICENSES = ['Apache-2.0', 'MIT', 'none'] as const;
export type License = (typeof LICENSES)[number];

/** A template file of this package. */
export const readTemplate = (name: string): string =>
  readFileSync(new URL(`../templates/${name}`, import.meta.url), 'utf8');

/** A plugin as `package.json` declares it. */
interface DeclaredPlugin {
  readonly kind: string;
  readonly id: string;
  readonly export: string;
}

/** How packages of a kind differ. */
interface KindTemplate {
  /** The name of the kind in sentences. */
  readonly words: string;
  /** Packages that the source imports besides the contracts. */
  readonly needs: readonly string[];
  readonly plugins: readonly DeclaredPlugin[];
}

export const kindTemplate = (kind: Kind): KindTemplate =>
  (JSON.parse(readTemplate('kinds.json')) as Record<Kind, KindTemplate>)[kind];
