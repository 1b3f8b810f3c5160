/** Compiles `kernels.ts` to `../src/wasm-binary.ts`. Run by `npm run kernels`; a test compares the two. */
import { Buffer } from 'node:buffer';
import { writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

/** @returns the text of `wasm-binary.ts` */
export async function compiled() {
  const here = new URL('.', import.meta.url).pathname;
  const options = ['--baseDir', here, '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];
  const files = new Map();
  const { error, stderr } = await asc.main(['kernels.ts', '--outFile', 'kernels.wasm', ...options], {
    writeFile: (name, contents) => void files.set(name, contents),
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const base64 = Buffer.from(files.get('kernels.wasm')).toString('base64');
  return `/** Kernels compiled from assembly/kernels.ts by \`npm run kernels\`: WebAssembly with SIMD, as base64. */\nexport const BINARY =\n  '${base64}';\n`;
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  writeFileSync(new URL('../src/wasm-binary.ts', import.meta.url), await compiled());
