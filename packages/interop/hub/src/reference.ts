/** A repository of the hub at a revision. */
export interface HubReference {
  readonly type: 'model' | 'dataset';
  /** `org/name`, or a name alone. */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** A folder of it; empty for the whole. */
  readonly folder: string;
}

const PLAIN = /^(?<id>[^@]+)(?:@(?<revision>.+))?$/;
const SCHEME = /^hub:\/\/(?<data>datasets\/)?(?<id>[^/@]+\/[^/@]+)(?:@(?<revision>[^/]+))?(?:\/(?<folder>.+))?$/;
const ID = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;
const REVISION = /^\w[\w./-]*$/;

/**
 * Reads `org/name` or `name`, either with `@revision`, as a model; `hub://org/name@revision/folder` and
 * `hub://datasets/org/name@revision/folder`, where the revision has no slash.
 * @returns undefined for what is written otherwise, such as a path
 */
export function parseHubReference(text: string): HubReference | undefined {
  const { id, revision = 'main', folder = '', data } = (SCHEME.exec(text) ?? PLAIN.exec(text))?.groups ?? {};
  const fits = id !== undefined && ID.test(id) && REVISION.test(revision);
  if (!fits || [id, revision, folder].some((part) => part.includes('..'))) return undefined;
  return { type: data === undefined ? 'model' : 'dataset', id, revision, folder };
}
