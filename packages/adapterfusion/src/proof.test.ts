import { closeBackend, currentBackend, openBackend, tensorCount, type BackendName } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { compareProofs } from './compare-proofs.js';
import { probe } from './probe.js';
import { prove, type Proof } from './prove.js';

afterEach(() => closeBackend());

async function proofOf(backend: BackendName): Promise<Proof> {
  await openBackend(backend);
  const heard: string[] = [];
  const proof = await prove((what) => heard.push(what));
  expect(heard).toEqual(['outputs', 'gradients', 'masks', 'training']);
  expect(tensorCount()).toBe(0);
  await closeBackend();
  return proof;
}

// On the cpu backend a proof takes seconds: made once.
const cpu = await proofOf('cpu');
const wasm = await proofOf('wasm');

describe('a proof', () => {
  it('is plain data with every kind of set-up in it, and the same again', async () => {
    const again = await proofOf('wasm');
    expect({ ...again, seconds: 0 }).toEqual(JSON.parse(JSON.stringify({ ...wasm, seconds: 0 })));
    expect(Object.keys(cpu.outputs).filter((name) => name.endsWith(': logits')).length).toBeGreaterThan(15);
    expect(cpu.losses).toHaveLength(5);
    expect(Object.values(cpu.weights).every((values) => values.some((value) => value !== 0))).toBe(true);
    expect(cpu).toMatchObject({ leaked: 0, backend: { name: 'cpu' } });
  });

  it('of wasm agrees with that of cpu', () => {
    const { differences, ...rest } = compareProofs(cpu, wasm);
    expect(rest).toEqual({ masks: true, clean: true, passed: true });
    expect(differences.map(({ what }) => what)).toEqual(['outputs', 'gradients', 'losses', 'weights']);
    expect(differences[0]!.largest).toBeGreaterThan(0);
  });

  it('of a backend with a kernel that is a little wrong does not', async () => {
    await openBackend('cpu');
    const kernel = tf.getKernel('Erf', 'cpu');
    tf.unregisterKernel('Erf', 'cpu');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (given) => {
        const right = kernel.kernelFunc(given) as tf.TensorInfo;
        const tensor = tf.engine().makeTensorFromTensorInfo(right);
        return tf.tidy(() => tf.mul(tensor, 1.0002));
      },
    });
    const wrong = await prove();
    await closeBackend();
    tf.unregisterKernel('Erf', 'cpu');
    tf.registerKernel(kernel);
    const { differences, passed } = compareProofs(cpu, { ...wrong, leaked: 0 });
    expect(passed).toBe(false);
    expect(differences.find(({ what }) => what === 'outputs')!.largest).toBeGreaterThan(1e-5);
  });
});

describe('compareProofs', () => {
  const first = Object.keys(cpu.outputs)[0]!;
  const changed = (value: number): Proof => ({
    ...cpu,
    outputs: { ...cpu.outputs, [first]: cpu.outputs[first]!.map((old, at) => (at === 3 ? value : old)) },
  });

  it('names the tensor that differs, and takes what is not a number for the farthest', () => {
    expect(compareProofs(cpu, cpu)).toMatchObject({ passed: true, differences: [{ largest: 0 }, {}, {}, {}] });
    const off = compareProofs(cpu, changed(cpu.outputs[first]![3]! + 0.5));
    expect(off.passed).toBe(false);
    expect(off.differences[0]).toMatchObject({ what: 'outputs', at: first, passed: false });
    expect(off.differences[0]!.largest).toBeCloseTo(0.5, 6);
    expect(compareProofs(cpu, changed(NaN)).differences[0]!.largest).toBe(Infinity);
  });

  it('fails for masks that differ in a bit, and for tensors left behind', () => {
    expect(compareProofs(cpu, { ...cpu, masks: `${cpu.masks.slice(1)}0` })).toMatchObject({
      masks: false,
      passed: false,
    });
    expect(compareProofs(cpu, { ...cpu, leaked: 2 })).toMatchObject({ clean: false, passed: false });
  });

  it('refuses proofs of different kinds', () => {
    const unlike = expect.objectContaining({ code: 'CHECKPOINT_INVALID' }) as Error;
    expect(() => compareProofs(cpu, { ...cpu, version: 99 })).toThrow(unlike);
    expect(() => compareProofs(cpu, { ...cpu, outputs: {} })).toThrow(unlike);
    expect(() => compareProofs(cpu, { ...cpu, losses: [1] })).toThrow(unlike);
  });
});

it('a probe of a backend that drops nothing says that its losses are wrong', async () => {
  await openBackend('wasm');
  const kernel = tf.getKernel('AfDropoutMask', 'wasm');
  tf.unregisterKernel('AfDropoutMask', 'wasm');
  const kernelFunc: tf.KernelFunc = ({ attrs }) => tf.ones((attrs as unknown as { shape: number[] }).shape);
  tf.registerKernel({ ...kernel, kernelFunc });
  const { training } = await probe();
  await closeBackend();
  tf.unregisterKernel('AfDropoutMask', 'wasm');
  tf.registerKernel(kernel);
  expect(training.passed).toBe(false);
});

it('a probe knows the losses of its training steps, and how fast products are', async () => {
  await openBackend('wasm');
  const found = await probe();
  expect(found.backend).toEqual(currentBackend());
  expect(found.training).toMatchObject({ passed: true });
  expect(found.speeds.map(({ shape }) => shape.join('×'))).toEqual(['512×384×384', '512×768×768', '512×768×3072']);
  for (const { gflops } of found.speeds) expect(gflops).toBeGreaterThan(0.01);
  expect(tensorCount()).toBe(0);
});
