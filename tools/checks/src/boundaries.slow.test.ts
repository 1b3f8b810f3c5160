import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, expect, it } from 'vitest';
import { refreshProjectGraph } from './project-graph.mjs';
import { root } from './workspaces.mjs';

const layers = '@nx/enforce-module-boundaries';
const imports = 'no-restricted-imports';
const syntax = 'no-restricted-syntax';

// The repository's own configuration, without the rules that need types: these files exist only in this test.
const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

/** Each as `rule: message`. */
async function complaints(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

beforeAll(refreshProjectGraph);

it.each([
  [
    'a plugin imports a plugin',
    'adapters/adapter-bottleneck',
    `import '@adapterfusion/fusion-attention';`,
    `${layers}: .*layer:adapter`,
  ],
  [
    'a plugin imports one of its family',
    'datasets/dataset-glue',
    `import '@adapterfusion/dataset-files';`,
    `${layers}: .*layer:dataset`,
  ],
  [
    'a plugin imports one on demand',
    'heads/head-classification',
    `await import('@adapterfusion/model');`,
    `${layers}: .*layer:head`,
  ],
  ['an arrow points up', 'core/tensor', `import '@adapterfusion/model';`, `${layers}: (Circular|.*layer:tensor)`],
  [
    'the contract imports anything',
    'core/contracts',
    `import '@adapterfusion/tensor';`,
    `${layers}: (Circular|.*layer:contracts)`,
  ],
  ['an arrow points sideways', 'core/metrics', `import '@adapterfusion/text';`, `${layers}: .*layer:metrics`],
  [
    'core imports a package for Node',
    'core/runtime',
    `import '@adapterfusion/files-node';`,
    `${layers}: .*layer:runtime`,
  ],
  ['the API imports one for Node', 'adapterfusion', `import '@adapterfusion/files-node';`, `${layers}: .*platform:any`],
  ['a package reaches into another', 'core/model', `import '../../tensor/src/backend.js';`, `${layers}: .*relative`],
  ['an undeclared package is imported', 'core/data', `import '@huggingface/tokenizers';`, `${layers}: .*package.json`],
  ['tfjs outside core/tensor', 'core/model', `import '@tensorflow/tfjs';`, imports],
  [
    'tfjs in a type',
    'core/model',
    `import type { Tensor } from '@tensorflow/tfjs-core'; export type T = Tensor;`,
    imports,
  ],
  ['tfjs in an inline type', 'core/model', `export type T = import('@tensorflow/tfjs-core').Tensor;`, syntax],
  ['tfjs on demand', 'cli', `await import('@tensorflow/tfjs-node');`, syntax],
  ['tfjs in a re-export', 'fusions/fusion-average', `export * from '@tensorflow/tfjs';`, imports],
  ['node:* in a neutral package', 'core/text', `import 'node:fs';`, imports],
  ['node:* in core/tensor', 'core/tensor', `import 'node:fs';`, imports],
  ['a bare builtin in a neutral package', 'core/text', `import 'fs/promises';`, imports],
  ['node:* on demand', 'core/text', `await import('node:fs');`, syntax],
  ['Buffer in a neutral package', 'core/checkpoint', `export const b = Buffer.from('');`, 'no-restricted-globals'],
  ['process in a neutral package', 'core/data', `export const e = process.env;`, 'no-restricted-globals'],
  ['process by way of globalThis', 'core/data', `export const e = globalThis.process;`, 'no-restricted-properties'],
])('refuses: %s', async (_, dir, code, rule) => {
  const found = await complaints(`packages/${dir}/src/wrong.ts`, code);
  expect(found).toContainEqual(expect.stringMatching(`^${rule}`));
});

it.each([
  ['a plugin imports core/tensor', 'adapters/adapter-bottleneck/src/right.ts', `import '@adapterfusion/tensor';`],
  ['the API registers the Node packages', 'adapterfusion/src/node.ts', `import '@adapterfusion/files-node';`],
  ['core/tensor imports tfjs', 'core/tensor/src/right.ts', `import '@tensorflow/tfjs';`],
  ['a package for Node imports node:*', 'core/files-node/src/right.ts', `import 'node:fs';`],
  ['a test imports node:*', 'core/text/src/right.test.ts', `import 'node:fs';`],
  ['golden imports a plugin', 'testing/golden/src/right.test.ts', `import '@adapterfusion/adapterhub';`],
])('allows: %s', async (_, path, code) => {
  expect(await complaints(`packages/${path}`, code)).toEqual([]);
});
