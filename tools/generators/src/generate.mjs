import { readFileSync } from 'node:fs';
import { format } from 'prettier';

const templates = new URL('../../../packages/create-adapterfusion-plugin/templates/', import.meta.url);

/**
 * By kind: the folder of the family, the name of the kind in sentences, and the package that the source imports.
 * @type {Record<'adapter' | 'fusion' | 'dataset', { folder: string, words: string, needs: [string] }>}
 */
const KINDS = JSON.parse(readFileSync(new URL('kinds.json', templates), 'utf8'));

const style = JSON.parse(readFileSync(new URL('../../../.prettierrc.json', import.meta.url), 'utf8'));

/**
 * The files of a new package, by path relative to its folder.
 * @param {keyof typeof KINDS} kind
 * @param {string} name in kebab case
 * @returns {Promise<Map<string, string>>}
 */
export async function filesOf(kind, name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(`expected a name in kebab case; got "${name}"`);
  const {
    words,
    needs: [needs],
  } = KINDS[kind];
  const exported = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const packageName = `@adapterfusion/${kind}-${name}`;
  /** @param {string} template */
  const render = (template) =>
    readFileSync(new URL(`${template}.txt`, templates), 'utf8')
      .replaceAll('__export__', exported)
      .replaceAll('__package__', packageName)
      .replaceAll('__id__', name)
      .replaceAll('__runner__', 'vitest');
  // Kernels and the open backend belong to the process: a plugin uses the one copy of tensor that is there.
  const shared = needs === '@adapterfusion/tensor';
  const manifest = {
    name: packageName,
    version: '0.1.0',
    description: `The ${words} ${name}.`,
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    exports: {
      '.': { '@adapterfusion/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    files: ['dist', '!dist/**/*.test.*', '!dist/*.tsbuildinfo'],
    ...(shared ? {} : { dependencies: { [needs]: '^0.1.0' } }),
    peerDependencies: { '@adapterfusion/contracts': '^1.0.0', ...(shared ? { [needs]: '^0.1.0' } : {}) },
    devDependencies: { '@adapterfusion/conformance': '^0.1.0' },
    engines: { node: '>=20.19' },
    publishConfig: { access: 'public', provenance: true },
    adapterfusion: { spec: 1, plugins: [{ kind, id: name, export: exported }] },
    nx: { tags: [`layer:${kind}`, 'platform:any'] },
    keywords: ['adapterfusion-plugin', `adapterfusion-${kind}`],
  };
  const base = '../../../tsconfig.base.json';
  const readme = [
    `# ${packageName}\n`,
    `The ${words} ${name} for AdapterFusion.\n`,
    `\`\`\`sh\nnpm install ${packageName}\n\`\`\`\n`,
    `\`\`\`ts\nimport { ${exported} } from '${packageName}';\n\nconsole.log(JSON.stringify(${exported}()));\n\`\`\`\n`,
  ];
  const files = new Map([
    ['package.json', JSON.stringify(manifest)],
    [
      'tsconfig.json',
      JSON.stringify({ extends: base, files: [], include: [], references: [{ path: './tsconfig.lib.json' }] }),
    ],
    [
      'tsconfig.lib.json',
      JSON.stringify({
        extends: base,
        compilerOptions: {
          rootDir: 'src',
          outDir: 'dist',
          tsBuildInfoFile: 'dist/tsconfig.lib.tsbuildinfo',
          types: [],
        },
        include: ['src/**/*.ts'],
        exclude: ['src/**/*.test.ts'],
        references: [needs.replace('@adapterfusion/', ''), 'contracts'].map((core) => ({
          path: `../../core/${core}/tsconfig.lib.json`,
        })),
      }),
    ],
    ['README.md', readme.join('\n')],
    ['src/index.ts', `export { ${exported} } from './${name}.js';\n`],
    [`src/${name}.ts`, render(`${kind}.ts`)],
    [`src/${name}.test.ts`, render(`${kind}.test.ts`)],
  ]);
  for (const [path, content] of files) files.set(path, await format(content, { ...style, filepath: path }));
  return files;
}

/**
 * @param {keyof typeof KINDS} kind
 * @returns a generator as nx calls it
 */
const generator =
  (kind) =>
  /**
   * @param {{ exists(path: string): boolean, write(path: string, content: string): void }} tree
   * @param {{ name: string }} options
   */
  async (tree, { name }) => {
    const folder = `packages/${KINDS[kind].folder}/${kind}-${name}`;
    if (tree.exists(folder)) throw new Error(`expected a new name; ${folder} is there already`);
    for (const [path, content] of await filesOf(kind, name)) tree.write(`${folder}/${path}`, content);
    return () => console.log(`\nNow: npm install, npx nx sync, npx vitest run ${folder}`);
  };

export const adapter = generator('adapter');
export const fusion = generator('fusion');
export const dataset = generator('dataset');
