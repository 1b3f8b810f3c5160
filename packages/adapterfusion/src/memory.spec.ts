import { writeSafetensors } from '@adapterfusion/checkpoint';
import { bert } from '@adapterfusion/backbone-bert';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

const text = new TextEncoder();

/** Files in memory: what a browser would hand over. */
export class MemoryFiles implements Files {
  readonly held = new Map<string, Uint8Array>();

  set(path: string, content: string | Uint8Array): void {
    this.held.set(path, typeof content === 'string' ? text.encode(content) : content);
  }

  async read(path: string): Promise<Uint8Array> {
    const bytes = this.held.get(path);
    if (bytes) return bytes;
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: path,
      expected: 'a file',
      got: 'none',
      fix: 'Check the path.',
    });
  }

  async kind(path: string): Promise<'file' | 'folder' | undefined> {
    if (this.held.has(path)) return 'file';
    return this.below(path).length > 0 ? 'folder' : undefined;
  }

  async list(path: string): Promise<string[]> {
    return [...new Set(this.below(path).map((name) => name.split('/')[0]!))].sort();
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.held.set(path, bytes);
  }

  async writeFolder(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await this.remove(path);
    for (const [name, bytes] of files) this.held.set(`${path}/${name}`, bytes);
  }

  async remove(path: string): Promise<void> {
    this.held.delete(path);
    for (const name of this.below(path)) this.held.delete(`${path}/${name}`);
  }

  join(...parts: string[]): string {
    return parts.join('/');
  }

  /** Paths below a folder, relative to it. */
  below(path: string): string[] {
    return [...this.held.keys()].flatMap((name) => (name.startsWith(`${path}/`) ? [name.slice(path.length + 1)] : []));
  }
}

const WORDS = ['sun', 'rain', 'cloud', 'snow', 'cat', 'dog', 'fox', 'hen'];
const config = {
  model_type: 'bert',
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 32,
  vocab_size: 5 + WORDS.length,
  max_position_embeddings: 12,
};

/** An encoder of random weights in `encoder`, rows about weather and animals in `rows.tsv`. */
export function tinyTask(): MemoryFiles {
  const files = new MemoryFiles();
  files.set('encoder/config.json', JSON.stringify(config));
  files.set('encoder/vocab.txt', ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...WORDS].join('\n'));
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  const tensors = bert()
    .create({ config })
    .parameters.filter(({ optional }) => !optional)
    .map(({ path, shape }) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const data = Float32Array.from({ length: size }, () => (path.endsWith('LayerNorm.weight') ? 1 : next()));
      return { name: path, shape, data };
    });
  files.set('encoder/model.safetensors', writeSafetensors(tensors));
  const rows = Array.from({ length: 40 }, (_, index) => {
    const [from, label] = index % 2 === 0 ? [0, 'weather'] : [4, 'animal'];
    const words = Array.from({ length: 4 }, () => WORDS[from + Math.floor((next() + 0.5) * 4)]);
    return `${words.join(' ')}\t${label}`;
  });
  files.set('rows.tsv', `text\tlabel\n${rows.join('\n')}\n`);
  return files;
}
