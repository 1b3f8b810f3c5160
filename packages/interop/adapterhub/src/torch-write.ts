import { joined, writeZip } from './zip.js';

/** A tensor to write, float32. */
export interface TensorToSave {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The bytes that `torch.save` of a state dict of float32 tensors gives, as `torch.load(weights_only=True)` takes them. */
export function writeTorchFile(tensors: ReadonlyMap<string, TensorToSave>): Uint8Array {
  const files = new Map<string, Uint8Array>([['archive/data.pkl', pickleOf(tensors)]]);
  files.set('archive/byteorder', ascii('little'));
  let key = 0;
  for (const { data } of tensors.values())
    files.set(`archive/data/${key++}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  files.set('archive/version', ascii('3\n'));
  return writeZip(files);
}

/** `{ name: torch._utils._rebuild_tensor_v2(storage, 0, shape, stride, False, OrderedDict()), … }`, protocol 2. */
function pickleOf(tensors: ReadonlyMap<string, TensorToSave>): Uint8Array {
  const parts: Uint8Array[] = [ascii('\x80\x02}(')];
  let key = 0;
  for (const [name, { shape, data }] of tensors) {
    const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    parts.push(text(name), ascii('ctorch._utils\n_rebuild_tensor_v2\n(('), text('storage'));
    parts.push(ascii('ctorch\nFloatStorage\n'), text(String(key++)), text('cpu'), integer(data.length));
    parts.push(ascii('tQ'), integer(0), tuple(shape), tuple(stride), ascii('\x89ccollections\nOrderedDict\n)RtR'));
  }
  return joined([...parts, ascii('u.')]);
}

/** One byte a character. */
const ascii = (value: string): Uint8Array => Uint8Array.from(value, (character) => character.charCodeAt(0));

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return joined([ascii('X'), int32(bytes.length), bytes]);
}

const integer = (value: number): Uint8Array => joined([ascii('J'), int32(value)]);
const tuple = (values: readonly number[]): Uint8Array => joined([ascii('('), ...values.map(integer), ascii('t')]);
const int32 = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
