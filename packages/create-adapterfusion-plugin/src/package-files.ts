import { kindTemplate, readTemplate, type Kind, type License } from './templates.js';

/** A new package. */
export interface PackageOptions {
  readonly kind: Kind;
  /** The npm name, with or without a scope. */
  readonly name: string;
  readonly license: License;
  /** The year in the licence. */
  readonly year: number;
}

/** Packages of which a process must have one copy. */
const PEERS = ['@adapterfusion/contracts', '@adapterfusion/tensor'];
const rangeOf = (name: string): string => (name === '@adapterfusion/contracts' ? '^1.0.0' : '^0.1.0');
const ranges = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, rangeOf(name)]));

/** The id of a plugin: the npm name without scope and without what names the project or the kind. */
export const idOf = (name: string, kind: Kind): string =>
  name.replace(/^@[^/]+\//, '').replace(new RegExp(`^(adapterfusion-)?(${kind}-)?(?=[a-z])`), '');

/** Words that cannot be the name of a constant. */
const RESERVED =
  /^(arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield)$/;

/** The export in camel case, with a suffix where the name is reserved or used by the template itself. */
function exportOf(id: string, kind: Kind): string {
  const camel = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const used = readTemplate(`${kind}.ts.txt`) + readTemplate(`${kind}.test.ts.txt`);
  return RESERVED.test(camel) || new RegExp(`\\b${camel}\\b`).test(used) ? `${camel}Plugin` : camel;
}

/** The files of a new package, by path relative to its folder. */
export function packageFiles({ kind, name, license, year }: PackageOptions): Map<string, string> {
  const { words, needs } = kindTemplate(kind);
  const id = idOf(name, kind);
  const exported = exportOf(id, kind);
  const render = (text: string): string =>
    text
      .replaceAll('__export__', exported)
      .replaceAll('__package__', name)
      .replaceAll('__id__', id)
      .replaceAll('__runner__', 'node:test');
  const plugins = kindTemplate(kind).plugins.map((plugin) => ({
    kind: plugin.kind,
    id: render(plugin.id),
    export: render(plugin.export),
  }));
  const others = needs.filter((need) => !PEERS.includes(need));
  const manifest = {
    name,
    version: '0.1.0',
    description: `The ${words} ${id} for AdapterFusion.`,
    license: license === 'none' ? 'UNLICENSED' : license,
    type: 'module',
    sideEffects: false,
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    files: ['dist', '!dist/**/*.test.*'],
    scripts: {
      build: 'tsc',
      test: `tsc && node --test dist/${id}.test.js`,
      prepack: 'npm run build',
    },
    ...(others.length > 0 ? { dependencies: ranges(others) } : {}),
    peerDependencies: ranges(PEERS.filter((peer) => peer === '@adapterfusion/contracts' || needs.includes(peer))),
    devDependencies: {
      ...ranges(['@adapterfusion/conformance']),
      '@types/node': '^20.19.0',
      typescript: '^6.0.0',
    },
    engines: { node: '>=20.19' },
    keywords: ['adapterfusion-plugin', ...plugins.map((plugin) => `adapterfusion-${plugin.kind}`)],
    adapterfusion: { spec: 1, plugins },
  };
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    declaration: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
  };
  const names = plugins.map((plugin) => plugin.export).join(', ');
  const files = new Map([
    ['package.json', json(manifest)],
    ['tsconfig.json', json({ compilerOptions, include: ['src'] })],
    ['.gitignore', 'node_modules/\ndist/\n*.tgz\n'],
    ['.github/workflows/test.yml', WORKFLOW],
    ['README.md', readmeOf(name, id, words, plugins)],
    ['src/index.ts', `export { ${names} } from './${id}.js';\n`],
    [`src/${id}.ts`, render(readTemplate(`${kind}.ts.txt`))],
    [`src/${id}.test.ts`, render(readTemplate(`${kind}.test.ts.txt`))],
  ]);
  if (license !== 'none') files.set('LICENSE', licenseText(license, `The authors of ${name}`, year));
  return files;
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const licenseText = (license: Exclude<License, 'none'>, holder: string, year: number): string =>
  readTemplate(`LICENSE-${license}.txt`).replaceAll('__year__', String(year)).replaceAll('__holder__', holder);

const WORKFLOW = `name: test
on:
  push:
    branches: [main]
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        node: [20, 22, 24]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: \${{ matrix.node }}
      - run: npm install
      - run: npm test
`;

function readmeOf(
  name: string,
  id: string,
  words: string,
  plugins: readonly { readonly kind: string; readonly export: string }[],
): string {
  const names = plugins.map((plugin) => plugin.export);
  return `# ${name}

The ${words} \`${id}\` for AdapterFusion.

\`\`\`sh
npm install ${name}
\`\`\`

\`\`\`ts
import { createRegistry } from 'adapterfusion';
import { ${names.join(', ')} } from '${name}';

const registry = createRegistry();
${names.map((each) => `registry.use(${each});`).join('\n')}
\`\`\`

The \`adapterfusion\` field of \`package.json\` declares the plugin${names.length === 1 ? '' : 's'}: the command line finds the package where it
is installed.

## Development

\`\`\`sh
npm install
npm test
\`\`\`

\`npm test\` compiles \`src\` and runs the tests of \`@adapterfusion/conformance\`, which every plugin of this kind has to pass. Before a
release, set \`version\` in \`package.json\` and \`packageVersion\` in \`src/${id}.ts\` to the same version.
`;
}
