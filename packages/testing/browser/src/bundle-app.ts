import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createLogger, type Plugin } from 'vite';
import webpack from 'webpack';

/** The page `app`, as its author wrote it. */
const app = fileURLToPath(new URL('../src/app/', import.meta.url));

/** Bundles the page with Vite and its defaults. @returns what Vite warned of */
export async function bundleWithVite(folder: string): Promise<string[]> {
  const warnings: string[] = [];
  const customLogger = createLogger('silent');
  customLogger.warn = customLogger.warnOnce = (message) => void warnings.push(message);
  await build({ configFile: false, root: app, customLogger, build: { outDir: folder, emptyOutDir: true } });
  return warnings;
}

/** Bundles the page with webpack and its defaults. @returns what webpack warned of */
export async function bundleWithWebpack(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const compiler = webpack({ context: app, entry: './main.js', mode: 'production', output: { path: folder } });
  const stats = await new Promise<webpack.Stats>((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result!))),
  );
  await new Promise((resolve) => compiler.close(resolve));
  const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script src="./main.js"></script>\n');
  return warnings.map(({ message }) => message);
}

/** Leaves out what Vite adds around `import()`: it is not this project's code. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : undefined),
};

/** A module of this project's, bundled and minified with all it needs of this project, without what is imported later. */
export interface OwnCode {
  readonly code: string;
  /** What it imports of others. */
  readonly imports: readonly string[];
}

/** Bundles a module of the page, leaving what is not of this project outside. */
export async function bundleOwnCode(module: 'main.js' | 'parts.js'): Promise<OwnCode> {
  const result = await build({
    configFile: false,
    root: app,
    logLevel: 'silent',
    plugins: [plainImports],
    build: {
      write: false,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: `${app}${module}`,
        preserveEntrySignatures: 'strict',
        external: (id) => !/^([./]|adapterfusion$|@adapterfusion\/)/.test(id),
      },
    },
  });
  const { output } = (Array.isArray(result) ? result[0]! : result) as Extract<typeof result, { output: unknown }>;
  const chunks = output.flatMap((each) => (each.type === 'chunk' ? [each] : []));
  const own = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const imports = new Set(chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]));
  const first = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports: needed } of first) for (const name of needed) if (own.has(name)) first.add(own.get(name)!);
  return {
    code: [...first].map(({ code }) => code).join('\n'),
    imports: [...imports].filter((name) => !own.has(name)).sort(),
  };
}
