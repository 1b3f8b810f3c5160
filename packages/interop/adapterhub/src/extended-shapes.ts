import type { JsonValue } from '@adapterfusion/contracts';
import { bottleneckSize } from './adapter-config.js';
import type { ConfigFile } from './config-file.js';

type Options = { readonly [key: string]: JsonValue };
type Shape = readonly [path: string, shape: readonly number[]];

const number = (options: Options, key: string, fallback: number): number => {
  const given = options[key];
  return typeof given === 'number' ? given : fallback;
};

/** The rule A of Compacter, under a prefix. */
function ruleShapes(options: Options, prefix: string): Shape[] {
  const n = number(options, 'phm_dim', 4);
  if (options['factorized_phm_rule'] !== true) return [[`${prefix}phm_rule`, [n, n, n]]];
  return [
    [`${prefix}phm_rule_left`, [n, n, 1]],
    [`${prefix}phm_rule_right`, [n, 1, n]],
  ];
}

/** The factors B of a projection. */
function factorShapes(options: Options, name: string, into: number, out: number): Shape[] {
  const n = number(options, 'phm_dim', 4);
  const rank = number(options, 'phm_rank', 1);
  if (options['factorized_phm_W'] === false) return [[name, [n, into / n, out / n]]];
  return [
    [`${name}_left`, [n, into / n, rank]],
    [`${name}_right`, [n, rank, out / n]],
  ];
}

/** The parameters of one site's projections that are sums of Kronecker products. */
export function compacterShapes(options: Options, width: number, size: number): Shape[] {
  const one = (name: string, into: number, out: number): Shape[] => [
    ...(options['shared_phm_rule'] === false ? ruleShapes(options, `${name}.`) : []),
    ...(options['shared_W_phm'] === true ? [] : factorShapes(options, `${name}.W`, into, out)),
    ...(options['phm_bias'] === false ? [] : [[`${name}.b`, [out]] as const]),
  ];
  return [...one('down', width, size), ...one('up', size, width)];
}

/** Parameters that belong to no layer: what sites share, and an invertible layer after the embeddings. */
export function unlayeredShapes(file: ConfigFile, options: Options, width: number): Shape[] {
  const shapes: Shape[] = [];
  if (options['phm_layer'] === true) {
    const size = bottleneckSize(file, options, 0, width);
    const shared = [
      ...(options['shared_phm_rule'] === false ? [] : ruleShapes(options, '')),
      ...(options['shared_W_phm'] === true
        ? [...factorShapes(options, 'W_down', width, size), ...factorShapes(options, 'W_up', size, width)]
        : []),
    ];
    shapes.push(...shared.map(([name, shape]): Shape => [`shared/model/${name}`, shape]));
  }
  if (options['inv_adapter'] === 'nice') {
    const factor = number(options, 'inv_adapter_reduction_factor', 2);
    const [first, second] = [Math.floor(width / 2), width - Math.floor(width / 2)];
    for (const [name, into, out] of [['F', second, first] as const, ['G', first, second] as const]) {
      const inner = Math.max(1, Math.floor(into / factor));
      const at = `embeddings/output/${name}`;
      shapes.push([`${at}.0.weight`, [inner, into]], [`${at}.0.bias`, [inner]]);
      shapes.push([`${at}.2.weight`, [out, inner]], [`${at}.2.bias`, [out]]);
    }
  }
  return shapes;
}
