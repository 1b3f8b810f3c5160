import { describe, expect, it } from 'vitest';
import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { parseMethod, Registry } from './index.js';
import { admits } from './version.js';

const make = (packageName: string, id: string, more: object = {}) =>
  definePlugin<'adapter', { readonly rank: number }>({
    kind: 'adapter',
    id,
    packageName,
    packageVersion: '1.2.3',
    supports: { roles: ['sublayer'], merge: false, identityAtInit: true },
    options: (input) => parseOptions({ rank: option.number(8, { min: 1 }) }, input, id),
    create: () => {
      throw new TypeError('not needed here');
    },
    ...more,
  });
const code = (wanted: string) => expect.objectContaining({ code: wanted }) as Error;

describe('Registry', () => {
  it('finds a plugin by identity, id and alias, and configures it from a word', () => {
    const toy = make('@a/toy', 'toy', { aliases: ['old-toy'] });
    const registry = new Registry().use(toy).use(toy.plugin);
    for (const name of ['@a/toy#toy', 'toy', 'old-toy']) expect(registry.get('adapter', name)).toBe(toy.plugin);
    expect(registry.configure('adapter', 'toy[rank=4]').options).toEqual({ rank: 4 });
    expect(registry.configure('adapter', 'toy[rank=4]', { rank: 5 }).options).toEqual({ rank: 5 });
    expect(registry.list('adapter')).toEqual([toy.plugin]);
    expect(registry.list('fusion')).toEqual([]);
  });

  it('refuses an id only where two packages claim it, and only when it is used', () => {
    const registry = new Registry().use(make('@a/toy', 'toy'), make('@b/toy', 'toy'));
    expect(() => registry.get('adapter', 'toy')).toThrow(code('PLUGIN_DUPLICATE'));
    expect(registry.get('adapter', '@b/toy#toy').packageName).toBe('@b/toy');
  });

  it('prefers an id to an alias', () => {
    const registry = new Registry().use(make('@a/x', 'x', { aliases: ['y'] }), make('@b/y', 'y'));
    expect(registry.get('adapter', 'y').packageName).toBe('@b/y');
  });

  it('refuses a second copy of a package, another contract version, unknown names and options', () => {
    const registry = new Registry().use(make('@a/toy', 'toy'));
    expect(() => registry.use(make('@a/toy', 'toy', { packageVersion: '1.2.4' }))).toThrow(code('PLUGIN_DUPLICATE'));
    expect(() => registry.use({ ...make('@a/new', 'new').plugin, spec: 2 as never })).toThrow(code('SPEC_UNSUPPORTED'));
    expect(() => registry.get('adapter', 'tyo')).toThrow(/Did you mean "toy"/);
    expect(() => registry.get('adapter', '@c/far#far')).toThrow(/Install @c\/far/);
    expect(() => registry.configure('adapter', 'toy[rnk=4]')).toThrow(code('OPTIONS_INVALID'));
    expect(() => registry.get('fusion', 'toy')).toThrow(code('PLUGIN_MISSING'));
  });
});

describe('parseMethod', () => {
  it.each([
    ['seq_bn', { name: 'seq_bn', options: {} }],
    ['seq_bn[]', { name: 'seq_bn', options: {} }],
    [
      ' seq_bn[ reduction_factor = 16 , non_linearity=gelu ] ',
      { name: 'seq_bn', options: { reduction_factor: 16, non_linearity: 'gelu' } },
    ],
    [
      'a[x={"0":4,"default":8},y=[1,2],z=null,w=true]',
      { name: 'a', options: { x: { '0': 4, default: 8 }, y: [1, 2], z: null, w: true } },
    ],
    ['@a/b#c[k="a,b"]', undefined],
  ])('%s', (text, wanted) => {
    if (wanted) expect(parseMethod(text)).toEqual(wanted);
    else expect(() => parseMethod(text)).toThrow(code('OPTIONS_INVALID'));
  });
  it.each(['', 'a[', 'a]', 'a[x]', 'a[=1]', 'a[x=]', 'a[x=1]y'])('refuses %j', (text) => {
    expect(() => parseMethod(text)).toThrow(code('OPTIONS_INVALID'));
  });
});

describe('admits', () => {
  it.each([
    ['^1.2.3', '1.2.3', true],
    ['^1.2.3', '1.9.0', true],
    ['^1.2.3', '1.2.2', false],
    ['^1.2.3', '2.0.0', false],
    ['^0.1.0', '0.1.9', true],
    ['^0.1.0', '0.2.0', false],
    ['^0.0.3', '0.0.4', false],
    ['~1.2.3', '1.2.9', true],
    ['~1.2.3', '1.3.0', false],
    ['1.2.3', '1.2.3', true],
    ['1.2.3', '1.2.4', false],
    ['*', '7.0.0', true],
    ['^1.0.0', '1.1.0-beta.1', true],
  ])('%s, %s: %s', (range, version, wanted) => expect(admits(range, version)).toBe(wanted));
});
