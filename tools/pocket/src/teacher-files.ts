import { parseJsonObject, sha256 } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { POSITIONS } from './recipe.js';

type Json = { readonly [key: string]: unknown };

/** What a student takes over from its teacher's files before a tensor is read. */
export interface TeacherFiles {
  readonly config: Json;
  /** tokenizer.json, parsed. */
  readonly tokenizer: Json;
  readonly tokenizerConfig: Json;
  /** The pieces by id. */
  readonly pieces: readonly string[];
  /** Of its hidden states. */
  readonly width: number;
  /** SHA-256 of tokenizer.json. */
  readonly hash: string;
}

/**
 * Reads configuration and vocabulary of a teacher.
 * @param folder in the hub's layout, with tokenizer.json
 * @throws FILE_NOT_FOUND, FILE_CORRUPT; UNSUPPORTED for a teacher that is not BERT with WordPiece in lower case, or has
 * fewer positions or token types than the student
 */
export async function readTeacherFiles(files: Files, folder: string): Promise<TeacherFiles> {
  const bytesOf = (name: string) => files.read(files.join(folder, name));
  const json = (bytes: Uint8Array, name: string): Json =>
    parseJsonObject(bytes, 'FILE_CORRUPT', files.join(folder, name), 'a JSON object', 'Fetch the file again.');
  const config = json(await bytesOf('config.json'), 'config.json');
  if (config['model_type'] !== 'bert')
    throw unsupported(files.join(folder, 'config.json'), 'model_type "bert"', config['model_type']);
  const sizeOf = (key: string, least: number): number => {
    const value = config[key];
    if (typeof value === 'number' && value >= least) return value;
    throw unsupported(files.join(folder, 'config.json'), `${key} of at least ${least}`, value);
  };
  sizeOf('max_position_embeddings', POSITIONS);
  sizeOf('type_vocab_size', 2);
  const width = sizeOf('hidden_size', 1);
  const bytes = await bytesOf('tokenizer.json');
  const tokenizer = json(bytes, 'tokenizer.json');
  const model = tokenizer['model'] as Json | undefined;
  const vocab = model?.['vocab'];
  if (model?.['type'] !== 'WordPiece' || typeof vocab !== 'object' || vocab === null)
    throw unsupported(files.join(folder, 'tokenizer.json'), 'a WordPiece vocabulary', model?.['type']);
  const pieces: string[] = [];
  for (const [piece, id] of Object.entries(vocab as Record<string, number>)) pieces[id] = piece;
  if (pieces.includes(undefined as never))
    throw unsupported(files.join(folder, 'tokenizer.json'), 'a vocabulary with an id for every piece', 'gaps');
  sizeOf('vocab_size', pieces.length);
  if ((tokenizer['normalizer'] as Json | null | undefined)?.['lowercase'] !== true)
    throw unsupported(
      files.join(folder, 'tokenizer.json'),
      'a normalizer with lowercase true',
      tokenizer['normalizer'],
    );
  const tokenizerConfig = json(await bytesOf('tokenizer_config.json'), 'tokenizer_config.json');
  return { config, tokenizer, tokenizerConfig, pieces, width, hash: await sha256(bytes) };
}

function unsupported(at: string, expected: string, got: unknown): AdapterFusionError {
  const fix = 'Take a teacher of BERT’s layout, such as all-MiniLM-L6-v2.';
  return new AdapterFusionError('UNSUPPORTED', { at, expected, got: JSON.stringify(got) ?? 'none', fix });
}
