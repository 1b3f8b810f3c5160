import { builtinModules } from 'node:module';
import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';
import { refreshProjectGraph } from './tools/checks/src/project-graph.mjs';
import { publicPackages, workspaces } from './tools/checks/src/workspaces.mjs';

// Only in ESLint's own process: nx loads this file too while it makes the graph, and its lint target comes after that.
if (/[\\/]eslint[^\\/]*$/.test(process.argv[1] ?? '') && !process.env.NX_TASK_TARGET_PROJECT) refreshProjectGraph();

/** What each layer may import, by `layer:*` tag: the arrows of the house. */
const core = [
  'contracts',
  'tensor',
  'checkpoint',
  'text',
  'data',
  'metrics',
  'encoder',
  'model',
  'training',
  'runtime',
];
const plugins = ['backbone', 'adapter', 'fusion', 'task', 'head', 'trainer', 'dataset', 'interop'];
const api = [...core, 'tensor-node', 'files-node', ...plugins];
const arrows = {
  contracts: [],
  tensor: ['contracts'],
  'tensor-node': ['contracts', 'tensor'],
  checkpoint: ['contracts'],
  text: ['contracts'],
  data: ['contracts'],
  metrics: ['contracts'],
  'files-node': ['contracts'],
  encoder: ['contracts', 'tensor'],
  model: ['contracts', 'tensor'],
  training: ['contracts', 'tensor', 'model', 'text', 'checkpoint'],
  runtime: core.filter((layer) => layer !== 'runtime'),
  backbone: ['contracts', 'tensor', 'encoder'],
  adapter: ['contracts', 'tensor', 'conformance'],
  fusion: ['contracts', 'tensor', 'conformance'],
  task: ['contracts', 'text', 'data', 'metrics'],
  head: ['contracts', 'tensor', 'encoder', 'metrics'],
  dataset: ['contracts', 'data', 'conformance'],
  trainer: ['contracts'],
  interop: ['contracts', 'checkpoint'],
  conformance: [...core.filter((layer) => !['text', 'training', 'runtime'].includes(layer)), 'task'],
  api,
  experiment: ['contracts', 'checkpoint', 'data', 'metrics', 'training', 'runtime', 'api'],
  terminal: ['contracts', 'api'],
  report: ['contracts', 'metrics', 'api', 'experiment'],
  cli: ['contracts', 'api', 'experiment', 'terminal', 'report'],
  'create-adapterfusion-plugin': [],
  app: ['api', 'experiment', 'terminal', 'cli', 'report'],
  golden: [...api, 'api', 'cli', 'conformance'],
  browser: [...api, 'api', 'golden'],
  benchmarks: [...api, 'api', 'terminal'],
  corpus: ['contracts', 'checkpoint'],
  tools: [...api, 'api', 'experiment', 'cli', 'terminal', 'browser', 'conformance', 'corpus'],
};

const layerConstraints = Object.entries(arrows).map(([layer, targets]) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: targets.map((target) => `layer:${target}`),
}));
const platformConstraint = { sourceTag: 'platform:any', onlyDependOnLibsWithTags: ['platform:any'] };

const boundaries = (depConstraints) => [
  'error',
  {
    depConstraints,
    banTransitiveDependencies: true,
    enforceBuildableLibDependency: true,
    checkDynamicDependenciesExceptions: ['.*'],
    // An optional peer: usually not installed, so that nx cannot see that it is declared. `tfjs` below says who may use it.
    // One tiny encoder for the tests of everything that runs in a process; a package of its own would be a third place.
    // An encoder's files, which a bundler gives the addresses of, are nothing that nx can resolve.
    allow: ['@tensorflow/tfjs-node', '/adapterfusion/src/tiny.spec.js', '@adapterfusion/pocket/**'],
  },
];

const tfjs = { regex: '^@tensorflow/', message: 'Only core/tensor and core/tensor-node know TensorFlow.js.' };
const node = {
  regex: `^(node:|(${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$)`,
  message: 'This package is tagged platform:any: it must run in a browser.',
};

/** Bans modules in every form of import: static, re-export, dynamic, and in types. */
const ban = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: patterns.map(({ regex, message }) => ({ regex, message })) }],
  'no-restricted-syntax': [
    'error',
    ...patterns.flatMap(({ regex, message }) => {
      const literal = `/${regex.replaceAll('/', '\\u002F')}/`;
      return [
        { selector: `ImportExpression[source.value=${literal}]`, message },
        { selector: `TSImportType[source.value=${literal}]`, message },
      ];
    }),
  ],
});

const all = workspaces();
const filesOf = (packages) => packages.map(({ dir }) => `${dir}/**/*.ts`);
const neutral = all.filter(({ platform }) => platform === 'any');
const allTests = '**/*.test.ts';
/** Tests, and what writes files for them. */
const nodeTests = [allTests, 'packages/adapterfusion/src/tiny.spec.ts'];

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/assembly/*.ts',
      '**/node_modules',
      '.nx',
      'runs',
      'benchmarks/.peer',
      'benchmarks/.onnx',
      'coverage',
      '**/fixtures',
      'apps/third-party-plugin',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.spec.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off',
      // Plugins are plain objects of pure functions: their methods need no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      eqeqeq: 'error',
    },
  },
  {
    files: [allTests],
    // Matchers such as expect.any() are of type any.
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', performance: 'readonly', URL: 'readonly' },
    },
  },
  {
    files: ['packages/**/*.ts', 'tools/**/*.{ts,mjs}', 'apps/**/*.ts'],
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': boundaries([...layerConstraints, platformConstraint]) },
  },
  {
    // The `node` export condition: the one place where the API registers what only Node has.
    files: ['packages/adapterfusion/src/node*.ts'],
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': boundaries(layerConstraints) },
  },
  { files: ['packages/**/*.ts', 'apps/**/*.ts'], rules: ban(tfjs) },
  {
    files: filesOf(neutral),
    ignores: nodeTests,
    rules: {
      ...ban(tfjs, node),
      'no-restricted-globals': ['error', 'Buffer', 'process', 'global', 'require', '__dirname', '__filename'],
      'no-restricted-properties': [
        'error',
        ...['Buffer', 'process'].map((property) => ({ object: 'globalThis', property, message: node.message })),
      ],
    },
  },
  { files: ['packages/core/tensor/**/*.ts'], ignores: [allTests], rules: ban(node) },
  {
    files: [
      'packages/core/tensor/**/*.test.ts',
      'packages/core/tensor-node/**/*.ts',
      'packages/testing/golden/**/*.ts',
    ],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: publicPackages().map(({ dir }) => `${dir}/package.json`),
    languageOptions: { parser: jsonc },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: ['{projectRoot}/**/*.test.ts'],
          // Looked for at run time: data that is read where it is installed, an optional peer.
          ignoredDependencies: ['sentiment', 'webgpu'],
        },
      ],
    },
  },
);
