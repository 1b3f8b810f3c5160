/** A parameter of a model. */
export interface ParameterReference {
  readonly kind: 'encoder' | 'adapter' | 'fusion' | 'head';
  /** Of the adapter, the fusion or the head; empty for the encoder. */
  readonly name: string;
  /**
   * The name of the site, `3/output_adapter`; of parameters that sites share `shared/model`, or `shared/3` for those of layer 3.
   * Empty for the encoder and for heads.
   */
  readonly site: string;
  /** Its name there; of the encoder its whole path. */
  readonly parameter: string;
}

const FOLDERS = { adapters: 'adapter', fusions: 'fusion', heads: 'head' } as const;

/** The path under which a model keeps a parameter, and bundles store it. */
export function parameterPath({ kind, name, site, parameter }: ParameterReference): string {
  if (kind === 'encoder') return parameter;
  return [`${kind}s`, name, site, parameter].filter((part) => part !== '').join('/');
}

/** What stands in the place of a site's name for parameters that the sites of a layer share, or all sites. */
export const sharedSite = (by: number | 'model'): string => `shared/${by}`;

/** The layer whose sites share a parameter; `model` where all do; undefined for a parameter of one site. */
export function sharedBy({ site }: Pick<ParameterReference, 'site'>): number | 'model' | undefined {
  const [first, scope] = site.split('/');
  if (first !== 'shared') return undefined;
  return scope === 'model' ? 'model' : Number(scope);
}

/** The parameter with a path. */
export function parameterAt(path: string): ParameterReference {
  const [folder = '', name = '', ...rest] = path.split('/');
  const kind = Object.hasOwn(FOLDERS, folder) ? FOLDERS[folder as keyof typeof FOLDERS] : 'encoder';
  if (kind === 'encoder') return { kind, name: '', site: '', parameter: path };
  const depth = kind === 'head' ? 0 : 2;
  return { kind, name, site: rest.slice(0, depth).join('/'), parameter: rest.slice(depth).join('/') };
}
