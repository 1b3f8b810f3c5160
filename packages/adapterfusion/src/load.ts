import { MANIFEST_FILE, parseManifest, type Manifest } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { compileForInference, type Composition } from '@adapterfusion/model';
import { branchNames, composeBranch } from '@adapterfusion/model/branches';
import { applySetup, findBundle, isBundle, readManifest, type BundlePlace, type Setup } from '@adapterfusion/runtime';
import type { BackendInfo } from '@adapterfusion/tensor';
import { registryOf } from './builtin-plugins.js';
import { checkOptions } from './known-options.js';
import { openKind, type OpenKind } from './open-kind.js';
import { openSetup } from './open-setup.js';
import type { CommonOptions } from './options.js';
import { filesOf } from './platform.js';
import { folderOf } from './places.js';
import type { Input, Prediction, TextAnswer } from './prediction.js';
import { predictor } from './predictor.js';
import { openSession, type Session } from './session.js';
import { trainedLength } from './trained-length.js';
import type { TokenCounts } from './unknown-tokens.js';

/** Options of {@link load}. */
export interface LoadOptions extends CommonOptions {
  /** Folder of the encoder, the npm package that holds it, or its id on the hub; by default the one that the bundle names. */
  readonly model?: string;
  /**
   * Which head predicts; by default the only one, or each branch's own where the composition has a parallel or batch-split
   * block. A branch's name leaves this branch alone.
   */
  readonly head?: string;
  /** Accept an import that names another encoder. */
  readonly backboneUnverified?: boolean;
}

/** Options of {@link LoadedModel.predict}. */
export interface PredictOptions {
  /** Rows at once. Default 32. */
  readonly batchSize?: number;
  /** Longest input in tokens. Default: {@link LoadedModel.maxLength} */
  readonly maxLength?: number;
  /** Also return logits. */
  readonly logits?: boolean;
  /** Also return the fusions' attention. */
  readonly attention?: boolean;
  /** Told how many tokens the inputs have, and how many of them the encoder does not know. */
  readonly onTokens?: (counts: TokenCounts) => void;
  /** Children that fusions leave out. */
  readonly mask?: readonly string[];
  /** Layers in which no adapter acts. */
  readonly skip?: readonly number[];
  readonly signal?: AbortSignal;
}

/** A model that is ready to predict. */
export interface LoadedModel {
  /** What computes. */
  readonly backend: BackendInfo;
  /** The id of the task kind, for example `text-classification`. */
  readonly task: string;
  /** Names of the labels; none for a kind without labels. */
  readonly labels: readonly string[];
  readonly composition: Composition | undefined;
  /**
   * Names of the branches of a parallel or batch-split block that answer, each with a head of its own. A parallel block's
   * answer every input; a batch-split block's divide the inputs by their places. None where there is one answer from one head.
   */
  readonly branches: readonly string[];
  /** Longest input in tokens unless told otherwise: that of its training, or the encoder's where the bundle names none. */
  readonly maxLength: number;
  /**
   * Predicts in the order of the inputs.
   * @typeParam A the answers of the bundle's task kind
   * @throws DATA_INVALID for an input that is none of the kind; ABORTED; OPTIONS_INVALID, COMPOSITION_INVALID for the options
   */
  predict<A extends object = TextAnswer>(inputs: readonly Input[], options?: PredictOptions): Promise<Prediction<A>[]>;
  /** Frees every tensor. */
  dispose(): void;
}

/**
 * Loads a bundle, or a folder of the Python library `adapters`, with its encoder.
 * Its fusions are folded.
 * @param path the folder, an installed npm package, or a package's archive (`.tgz`)
 * @returns a model whose tensors live until `dispose()`
 * @throws BACKEND_UNAVAILABLE; FILE_NOT_FOUND; OPTIONS_INVALID where no head is named and there is not one; what reading bundles
 * and encoders throws, each with its own code
 */
export async function load(path: string, options: LoadOptions = {}): Promise<LoadedModel> {
  checkOptions(options, 'load');
  return (await loadWithSetup(path, options)).model;
}

/** A loaded model, and the task kind of its answers. */
export interface Answering {
  readonly model: LoadedModel;
  readonly answers: OpenKind;
}

/** As {@link load}, with what the bundle says of itself. */
export async function loadWithSetup(
  path: string,
  options: LoadOptions,
): Promise<Answering & { readonly setup: Setup }> {
  const { session, setup } = await openModel(path, options);
  try {
    const heads = chooseHeads(session, path, options.head);
    compileForInference(session.model);
    return { ...(await loaded(session, heads, options, setup.training)), setup };
  } catch (error) {
    session.model.dispose();
    throw error;
  }
}

/** What {@link load} reads, as it was stored. The caller disposes of the model. @throws as {@link load} */
export async function openModel(
  path: string,
  options: LoadOptions,
): Promise<{ readonly session: Session; readonly setup: Setup; readonly manifest: Manifest | undefined }> {
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const place = await findBundle(files, path);
  const manifest = (await isBundle(place.files, place.folder))
    ? await readManifest(place.files, place.folder, registry)
    : undefined;
  const encoder = options.model ?? (await encoderOf(path, place, manifest));
  const session = await openSession(encoder, { ...options, registry, files: place.files });
  try {
    const setup = await openSetup(place.folder, {
      ...options,
      files: place.files,
      registry,
      encoder: session.encoder,
    });
    applySetup(session.model, setup, registry);
    return { session, setup, manifest };
  } catch (error) {
    session.model.dispose();
    throw error;
  }
}

/**
 * The folder of a bundle's encoder: the bundle itself where it carries one, the folder or package that it names, or the
 * bundle that it lies in, as the adapters lie that were trained together with their encoder.
 */
async function encoderOf(path: string, place: BundlePlace, manifest: Manifest | undefined): Promise<string> {
  const { files, folder } = place;
  if (manifest?.kind === 'model') return folder;
  const id = manifest?.backbone.id;
  if (id !== undefined && (await files.kind(await folderOf(id, files))) === 'folder') return id;
  const above = folder.replace(/[/\\]+[^/\\]+[/\\]*$/, '');
  if (manifest && above !== folder && (await carries(files, above, manifest.backbone.fingerprint))) return above;
  const { revision } = manifest?.backbone ?? {};
  if (id !== undefined && revision !== undefined) return `${id}@${revision}`;
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: path,
    expected: 'the encoder it was trained on',
    got: id === undefined ? 'a set-up that names none' : `none at the place that it names ("${id}")`,
    fix: 'Name the folder of the encoder with the option "model" (--model).',
  });
}

/** Whether a folder is a bundle that carries the encoder of that fingerprint. */
async function carries(files: Files, folder: string, fingerprint: string | undefined): Promise<boolean> {
  if (fingerprint === undefined || !(await isBundle(files, folder))) return false;
  const at = files.join(folder, MANIFEST_FILE);
  const { kind, backbone } = parseManifest(await files.read(at), at);
  return kind === 'model' && backbone.fingerprint === fingerprint;
}

/** Which head predicts. @throws OPTIONS_INVALID where that is not clear */
export function chooseHead({ model }: Session, path: string, wanted: string | undefined): string {
  const names = [...model.heads.keys()];
  const head = wanted ?? (names.length === 1 ? names[0] : undefined);
  if (head !== undefined && names.includes(head)) return head;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: path,
    expected: names.length === 0 ? 'a head to predict with' : `one of the heads ${names.join(', ')}`,
    got: wanted === undefined ? `${names.length}` : JSON.stringify(wanted),
    fix: names.length === 0 ? 'Use a bundle with a head.' : 'Choose one with the option "head" (--head).',
  });
}

/**
 * Which heads predict: one, or one for each branch of a parallel or batch-split block. A head that has a
 * branch's name leaves that branch alone active.
 * @throws OPTIONS_INVALID where that is not clear
 */
function chooseHeads(session: Session, path: string, wanted: string | undefined): readonly string[] {
  const { model } = session;
  const branches = branchNames(model);
  if (branches.length < 2) return [chooseHead(session, path, wanted)];
  if (wanted === undefined && branches.every((name) => model.heads.has(name))) return branches;
  const head = chooseHead(session, path, wanted);
  if (!branches.includes(head)) return branches.map(() => head);
  composeBranch(model, head);
  return [head];
}

/** The task kinds of heads. */
const kindsOf = ({ model, registry }: Session, heads: readonly string[]): Promise<OpenKind[]> =>
  Promise.all(
    heads.map((head) => {
      const { labels, task } = model.heads.get(head)!;
      return openKind(registry, { ...task.options, type: task.plugin, labels });
    }),
  );

/**
 * A model for prediction as it is now, and the kind of its answers.
 * @param heads one, or one for each branch
 * @param training what its bundle says of its training
 * @throws PLUGIN_MISSING for a task kind that is not installed
 */
export async function loaded(
  session: Session,
  heads: readonly string[],
  options: LoadOptions,
  training: Setup['training'],
): Promise<Answering> {
  const { model } = session;
  const kinds = await kindsOf(session, heads);
  const [answers] = kinds as [OpenKind];
  const branches = heads.length > 1 ? branchNames(model) : [];
  const maxLength = Math.min(trainedLength(training) ?? Infinity, model.backbone.maxLength);
  const predict = predictor(session, { heads, kinds, branches, maxLength }, options);
  const { id } = answers.task.plugin;
  return {
    answers,
    model: {
      ...{ backend: session.backend, task: id, labels: answers.kind.labels, composition: model.composition },
      ...{ branches, maxLength, predict },
      dispose: () => model.dispose(),
    },
  };
}
