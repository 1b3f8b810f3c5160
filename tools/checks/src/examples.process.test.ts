import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, requireBuild } from './sources.js';
import { packages, root } from './workspaces.mjs';

/** A ```ts block of a README. `no-run` after `ts` keeps it from being run, never from being compiled. */
interface Example {
  /** File and line of the block. */
  readonly at: string;
  readonly file: string;
  readonly code: string;
  readonly run: boolean;
}

// Inside the repository, so that the packages' public names resolve as they do for a user, to the built files.
const folder = join(root, 'tools/checks/dist/examples');

function examplesOf(readme: string, name: string): Example[] {
  const text = read(readme);
  return [...text.matchAll(/^```ts( no-run)?\n([^]*?)^```$/gm)].map((block, index) => ({
    at: `${readme}:${text.slice(0, block.index).split('\n').length}`,
    file: join(folder, `${name}-${index + 1}.ts`),
    code: block[2]!,
    run: !block[1],
  }));
}

const examples = [
  ...(existsSync(join(root, 'README.md')) ? examplesOf('README.md', 'root') : []),
  ...packages().flatMap(({ dir }) => examplesOf(`${dir}/README.md`, basename(dir))),
];

/** Compiles all examples in one program, as a user's project would, and writes the JavaScript beside them. */
function compile(): string[] {
  const program = ts.createProgram(
    examples.map(({ file }) => file),
    {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      strict: true,
      skipLibCheck: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      moduleDetection: ts.ModuleDetectionKind.Force,
    },
  );
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map((diagnostic) => {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    const example = examples.find(({ file }) => file === diagnostic.file?.fileName);
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    return `${example?.at ?? diagnostic.file?.fileName ?? ''}, line ${line + 1} of the example: ${message}`;
  });
}

describe('the examples of the READMEs', () => {
  let wrong: string[];
  let child: ChildProcess;
  const empty = mkdtempSync(join(tmpdir(), 'adapterfusion-example-'));

  beforeAll(() => {
    requireBuild();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { file, code } of examples) writeFileSync(file, code);
    wrong = compile();
    // In an empty folder, and with nothing from the test runner's environment that a user would not have. One process for
    // all: loading TensorFlow.js takes longer than an example.
    const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
    const importer = fileURLToPath(new URL('../fixtures/import-in-turn.mjs', import.meta.url));
    child = fork(importer, { cwd: empty, env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  });
  afterAll(() => {
    child.kill();
    rmSync(empty, { recursive: true, force: true });
  });

  it('compile', () => expect(wrong).toEqual([]));

  const running = examples.filter(({ run }) => run).map(({ at, file }) => [at, file] as const);
  it.each(running)('%s runs', async (_at, file) => {
    const { threw } = await new Promise<{ threw?: string }>((resolve, reject) => {
      const died = (code: number | null): void => reject(new Error(`the process of the example ended with ${code}`));
      child.once('exit', died).once('message', (answer) => {
        child.off('exit', died);
        resolve(answer as { threw?: string });
      });
      child.send(pathToFileURL(file.replace(/\.ts$/, '.js')).href);
    });
    expect(threw).toBeUndefined();
  });
});
