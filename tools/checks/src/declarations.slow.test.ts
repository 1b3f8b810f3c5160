import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesUnder, read, requireBuild } from './sources.js';
import { publicPackages, root } from './workspaces.mjs';

const folder = join(root, 'tools/checks/dist/consumer');
const escapeHatch = 'packages/core/tensor/dist/tfjs.d.ts';

/** Everything that a declaration file takes types from. */
function importsOf(path: string): string[] {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(read(path));
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

/** What a strict user's compiler says of a file that imports these packages, declaration files checked too. */
function complaints(platform: string, types: string[]): string[] {
  const names = publicPackages().filter((one) => one.platform === platform);
  const file = join(folder, `${platform}.ts`);
  const imports = names.map(({ manifest }, index) => `import * as p${index} from '${manifest.name}';`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `${imports.join('\n')}\nexport const all = [${names.map((_, index) => `p${index}`).join(', ')}];\n`,
  );
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
    types,
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    return `${diagnostic.file?.fileName.slice(root.length + 1) ?? ''}: ${message.split('\n')[0]}`;
  });
}

describe('published declaration files', () => {
  beforeAll(() => {
    requireBuild();
    rmSync(folder, { recursive: true, force: true });
  });

  it('mention TensorFlow.js nowhere but in the escape hatch', () => {
    const files = publicPackages()
      .flatMap(({ dir }) => filesUnder(`${dir}/dist`))
      .filter((path) => path.endsWith('.d.ts') && !path.endsWith('.test.d.ts') && path !== escapeHatch);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((path) => importsOf(path).some((name) => /^@tensorflow\/|^\.\/tfjs\.js$/.test(name)))).toEqual(
      [],
    );
  });

  it('compile with skipLibCheck off and no Node types, for packages that run anywhere', () => {
    expect(complaints('any', [])).toEqual([]);
  });

  it('compile with skipLibCheck off, for packages that run in Node', () => {
    expect(complaints('node', ['node'])).toEqual([]);
  });
});
