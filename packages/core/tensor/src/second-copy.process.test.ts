import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const own = fileURLToPath(new URL('..', import.meta.url));
const modules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

describe('a second copy of the built package in one process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-copy-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Copies the package beside links to all that it needs. @returns its folder */
  function copy(name: string): string {
    const nodeModules = join(folder, name, 'node_modules');
    const place = join(nodeModules, '@adapterfusion/tensor');
    mkdirSync(place, { recursive: true });
    for (const part of ['dist', 'package.json']) cpSync(join(own, part), join(place, part), { recursive: true });
    symlinkSync(join(own, '../contracts'), join(nodeModules, '@adapterfusion/contracts'));
    for (const each of readdirSync(modules).filter((entry) => !entry.startsWith('.') && entry !== '@adapterfusion'))
      symlinkSync(join(modules, each), join(nodeModules, each));
    return place;
  }

  const url = (place: string, file = 'index'): string => pathToFileURL(join(place, `dist/${file}.js`)).href;

  /** Runs a program with `one`, the package here, and `two`, the address of a copy. @returns the JSON that it prints */
  function run(code: string, two: string, ...flags: string[]): unknown {
    const program = `
      const one = await import(${JSON.stringify(url(own))});
      const { tf } = await import(${JSON.stringify(url(own, 'tfjs'))});
      const address = ${JSON.stringify(url(two))};
      ${code}
    `;
    const args = [...flags, '--input-type=module', '--eval', program];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  }

  beforeAll(() => {
    if (!existsSync(join(own, 'dist/process-wide.js'))) throw new Error('Run "npm run build" first.');
  });

  describe('of the same version', () => {
    let two = '';
    beforeAll(() => {
      two = copy('same');
    });

    it.each([
      { flags: [], ofItsOwn: false },
      { flags: ['--preserve-symlinks'], ofItsOwn: true },
    ])('shares kernels, backend and tensors (a TensorFlow.js of its own: $ofItsOwn)', ({ flags, ofItsOwn }) => {
      const result = run(
        `
        await one.openBackend('wasm');
        const kernels = () => ['AfGelu', 'AfAddBias', 'AfMatMul'].map((name) => tf.getKernel(name, 'wasm').kernelFunc);
        const before = kernels();
        const two = await import(address);
        const { tf: itsTf } = await import(address.replace('index.js', 'tfjs.js'));
        const ofItsOwn = itsTf.tidy !== tf.tidy;
        const sameKernels = kernels().every((kernel, index) => kernel === before[index]);
        const count = one.tensorCount();
        const x = one.parameter(Float32Array.of(1, 2), [2]);
        two.setTrainable(x, true);
        const f = ({ activate, mul, stopGradient, sum }) => sum(mul(activate('relu', x), stopGradient(x)));
        const gradientsOf = async (outer, inner) => {
          const { value, gradients } = outer.gradients(() => f(inner), new Map([['x', x]]));
          const values = [...(await inner.read(gradients.get('x')))];
          inner.dispose([value, ...gradients.values()]);
          return values;
        };
        const custom = (copy, factor) => copy.defineOp({
          name: 'test/times', inputs: ['x'], saves: [],
          forward: ({ x }) => copy.mul(x, factor),
          gradient: (dy) => ({ x: () => copy.mul(dy, factor) }),
        });
        const [double, triple] = [custom(one, 2), custom(two, 3)];
        const products = [double({ x }), triple({ x })];
        const values = [];
        for (const product of products) values.push(...(await one.read(product)));
        one.dispose(products);
        const other = await two.openBackend('cpu').catch(({ code }) => code);
        const gradients = [await gradientsOf(one, two), await gradientsOf(two, one)];
        x.dispose();
        const left = two.tensorCount() - count;
        const name = two.currentBackend().name;
        await two.closeBackend();
        const closed = (await one.openBackend('cpu')).name;
        console.log(JSON.stringify({ different: one !== two, ofItsOwn, sameKernels, values, other, gradients, left, name, closed }));
        `,
        two,
        ...flags,
      );
      expect(result).toEqual({
        different: true,
        ofItsOwn,
        sameKernels: true,
        values: [2, 4, 3, 6],
        other: 'BACKEND_UNAVAILABLE',
        gradients: [
          [1, 2],
          [1, 2],
        ],
        left: 0,
        name: 'wasm',
        closed: 'cpu',
      });
    });
  });

  it('of another version is refused, and the first works on', () => {
    const two = copy('other');
    const file = join(two, 'dist/process-wide.js');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(/packageVersion: '[^']*'/, "packageVersion: '99.0.0'");
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    const { version } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { version: string };
    const result = run(
      `
      await one.openBackend('cpu');
      const add = tf.getKernel('AfAdd', 'cpu');
      const error = await import(address).catch((thrown) => thrown);
      const sum = one.add(one.tensor([1], [1]), one.tensor([2], [1]));
      const same = tf.getKernel('AfAdd', 'cpu') === add;
      console.log(JSON.stringify({ code: error.code, message: error.message, same, sum: [...(await one.read(sum))] }));
      `,
      two,
    );
    const place = (at: string): string => url(at, 'process-wide');
    expect(result).toEqual({
      code: 'PACKAGE_DUPLICATE',
      message: `@adapterfusion/tensor: expected one version in this process; got ${version} (${place(own)}) and 99.0.0 (${place(two)}). Run "npm ls @adapterfusion/tensor" and install packages that agree on a version; a plugin declares it as a peer dependency.`,
      same: true,
      sum: [3],
    });
  });
});
