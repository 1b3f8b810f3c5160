import { expect, it } from 'vitest';
import { parameterAt, parameterPath } from './parameter.js';

it.each([
  ['adapters/mine/3/output_adapter/down.weight', 'adapter', 'mine', '3/output_adapter', 'down.weight'],
  ['fusions/a+b/0/query/value', 'fusion', 'a+b', '0/query', 'value'],
  ['heads/task/out.weight', 'head', 'task', '', 'out.weight'],
  ['encoder.layer.0.attention.self.query.weight', 'encoder', '', '', 'encoder.layer.0.attention.self.query.weight'],
] as const)('%s', (path, kind, name, site, parameter) => {
  expect(parameterAt(path)).toEqual({ kind, name, site, parameter });
  expect(parameterPath(parameterAt(path))).toBe(path);
});
