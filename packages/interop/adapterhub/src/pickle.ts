import { AdapterFusionError } from '@adapterfusion/contracts';

/** A storage of numbers that a pickle names: its bytes lie elsewhere in the file. */
export interface Storage {
  /** `FloatStorage` and the like. */
  readonly type: string;
  readonly key: string;
  /** How many numbers. */
  readonly size: number;
}

/** A tensor that a pickle describes. */
export interface PickledTensor {
  readonly storage: Storage;
  /** First number. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

export const isTensor = (value: unknown): value is PickledTensor => value instanceof Tensor;

class Tensor implements PickledTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** A name of a module's, which is never looked up: only the names below mean anything. */
class Global {
  constructor(readonly name: string) {}
}

class Mark {}

/** More axes than torch computes with; a list of thousands is no shape. */
const MOST_AXES = 64;

/**
 * Reads one Python pickle as data, and executes nothing: dictionaries, lists, tuples, texts, numbers, and tensors over
 * storages. Every other name that it calls for is refused.
 * @param from where it begins
 * @returns what it holds (dictionaries as Map), and where it ends
 * @throws PICKLE_REFUSED for a call of anything but the making of tensors; FILE_CORRUPT for what is no such pickle
 */
export function readPickle(
  bytes: Uint8Array,
  from: number,
  at: string,
): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let offset = from;
  const corrupt = (got: string): never => {
    const parts = { at: `${at}: byte ${offset}`, expected: 'a pickle of tensors', got };
    throw new AdapterFusionError('FILE_CORRUPT', { ...parts, fix: 'Fetch or save the file again.' });
  };
  const take = (count: number): number => {
    const start = offset;
    if (!(count >= 0) || start + count > bytes.length) corrupt('one that is cut off');
    offset += count;
    return start;
  };
  const text = (length: number): string => {
    const start = take(length);
    return new TextDecoder().decode(bytes.subarray(start, start + length));
  };
  const line = (): string => {
    const end = bytes.indexOf(10, offset);
    if (end < 0) corrupt('one that is cut off');
    const start = take(end + 1 - offset);
    return new TextDecoder().decode(bytes.subarray(start, end));
  };
  const pop = (): unknown => (stack.length === 0 ? corrupt('one that takes more than it gave') : stack.pop());
  const top = (): unknown => (stack.length === 0 ? corrupt('one that keeps what it has not') : stack.at(-1));
  const kept = (index: number): unknown =>
    memo.has(index) ? memo.get(index) : corrupt('one that takes what it has not kept');
  // Never `String(pop())`: lists that hold each other grow without end as text.
  const word = (): string => {
    const value = pop();
    return typeof value === 'string' ? value : corrupt('a name that is no text');
  };
  const toMark = (): unknown[] => {
    const mark = stack.findLastIndex((each) => each instanceof Mark);
    if (mark < 0) corrupt('one without a mark');
    return stack.splice(mark).slice(1);
  };
  const tuple = (count: number): void => void stack.push(Array.from({ length: count }, pop).reverse());
  const setItems = (pairs: readonly unknown[]): void => {
    const map = top();
    if (!(map instanceof Map)) return corrupt('items of something else than a dictionary');
    for (let index = 0; index + 1 < pairs.length; index += 2) map.set(pairs[index], pairs[index + 1]);
  };
  const addItems = (items: readonly unknown[]): void => {
    const list = top();
    if (!Array.isArray(list)) return corrupt('items of something else than a list');
    for (const item of items) list.push(item);
  };
  const reduce = (): void => {
    const given = pop();
    const called = pop();
    if (!(called instanceof Global)) return corrupt('a call of no name');
    stack.push(call(called.name, Array.isArray(given) ? (given as unknown[]) : [], at));
  };
  const build = (): void => {
    // Attributes of a dictionary: the versions of modules, which nothing here reads.
    pop();
    if (!(top() instanceof Map)) corrupt('attributes of something else than a dictionary');
  };
  for (;;) {
    const code = bytes[take(1)]!;
    switch (String.fromCharCode(code)) {
      case '\x80':
        if (bytes[take(1)]! > 5) corrupt('a later protocol');
        break;
      case '\x95':
        take(8);
        break;
      case '}':
        stack.push(new Map());
        break;
      case ']':
        stack.push([]);
        break;
      case ')':
        stack.push([]);
        break;
      case '(':
        stack.push(new Mark());
        break;
      case 't':
        stack.push(toMark());
        break;
      case '\x85':
      case '\x86':
      case '\x87':
        tuple(code - 0x84);
        break;
      case 'q':
        memo.set(bytes[take(1)]!, top());
        break;
      case 'r':
        memo.set(view.getUint32(take(4), true), top());
        break;
      case '\x94':
        memo.set(memo.size, top());
        break;
      case 'h':
        stack.push(kept(bytes[take(1)]!));
        break;
      case 'j':
        stack.push(kept(view.getUint32(take(4), true)));
        break;
      case 'X':
        stack.push(text(view.getUint32(take(4), true)));
        break;
      case '\x8c':
        stack.push(text(bytes[take(1)]!));
        break;
      case 'c':
        stack.push(global(`${line()}.${line()}`, at));
        break;
      case '\x93': {
        const name = word();
        stack.push(global(`${word()}.${name}`, at));
        break;
      }
      case 'K':
        stack.push(bytes[take(1)]!);
        break;
      case 'M':
        stack.push(view.getUint16(take(2), true));
        break;
      case 'J':
        stack.push(view.getInt32(take(4), true));
        break;
      case '\x8a': {
        const size = bytes[take(1)]!;
        const start = take(size);
        stack.push(long(bytes.subarray(start, start + size)));
        break;
      }
      case 'G':
        stack.push(view.getFloat64(take(8), false));
        break;
      case '\x88':
        stack.push(true);
        break;
      case '\x89':
        stack.push(false);
        break;
      case 'N':
        stack.push(null);
        break;
      case 'Q':
        stack.push(storage(pop(), at));
        break;
      case 'R':
        reduce();
        break;
      case 'b':
        build();
        break;
      case 's': {
        const value = pop();
        setItems([pop(), value]);
        break;
      }
      case 'u':
        setItems(toMark());
        break;
      case 'a':
        addItems([pop()]);
        break;
      case 'e':
        addItems(toMark());
        break;
      case '.':
        return { value: pop(), end: offset };
      default:
        corrupt(`the instruction 0x${code.toString(16)}`);
    }
  }
}

const CALLS = ['collections.OrderedDict', 'torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_parameter'];

/** @throws PICKLE_REFUSED for any name but those that tensors are made of */
function global(name: string, at: string): Global {
  if (CALLS.includes(name) || /^torch\.\w+Storage$/.test(name)) return new Global(name);
  throw new AdapterFusionError('PICKLE_REFUSED', {
    at,
    expected: 'a pickle that asks for nothing but tensors',
    got: `one that asks for ${name.slice(0, 80)}; nothing was executed`,
    fix: 'Do not load this file. If you trust who saved it, have it saved again with use_safetensors=True.',
  });
}

function call(name: string, given: readonly unknown[], at: string): unknown {
  if (name === CALLS[0] && isPairs(given[0] ?? [])) return new Map((given[0] ?? []) as [unknown, unknown][]);
  if (name === CALLS[2]) return given[0];
  const [from, offset, shape, stride] = given;
  const good = name === CALLS[1] && isStorage(from) && areCounts([offset]) && areCounts(shape) && areCounts(stride);
  // Copies: what the pickle goes on to do to its lists has been checked by nobody.
  if (good && shape.length === stride.length && shape.length <= MOST_AXES)
    return new Tensor(from, offset as number, [...shape], [...stride]);
  throw damaged(at, `a call of ${name} with other arguments`);
}

/** What a persistent identifier of torch's names: `('storage', type, key, place, size)`. */
function storage(identifier: unknown, at: string): Storage {
  const [word, type, key, , size] = Array.isArray(identifier) ? (identifier as unknown[]) : [];
  if (word !== 'storage' || !(type instanceof Global) || typeof key !== 'string' || !areCounts([size]))
    throw damaged(at, 'a reference to something else than a storage');
  return { type: type.name.slice('torch.'.length), key, size: size as number };
}

const isPairs = (value: unknown): boolean => Array.isArray(value) && value.every((each) => Array.isArray(each));

const areCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && Number(each) >= 0);

const isStorage = (value: unknown): value is Storage => typeof value === 'object' && value !== null && 'key' in value;

/** A little-endian integer in two's complement. What is too large for a number stays approximate: none such is used. */
function long(bytes: Uint8Array): number {
  const size = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return (bytes.at(-1) ?? 0) > 127 ? size - 256 ** bytes.length : size;
}

function damaged(at: string, got: string): AdapterFusionError {
  const fix = 'Fetch or save the file again.';
  return new AdapterFusionError('FILE_CORRUPT', { at, expected: 'a pickle of tensors', got, fix });
}
