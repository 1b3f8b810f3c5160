import { expect, it } from 'vitest';
import { checkTensorflow, compareVersions, nvidiaRequirements } from './tensorflow.js';

const METADATA = `Metadata-Version: 2.1
Name: tensorflow
Version: 2.21.0
Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cuda-nvcc-cu12 (<13.0,>=12.5.82) ; extra == 'and-cuda'
Requires-Dist: nvidia-cudnn-cu12 <10.0,>=9.3.0.75; extra == 'and-cuda'
Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"
`;

it('finds the libraries of NVIDIA that a TensorFlow needs, without the compiler', () => {
  expect(nvidiaRequirements(METADATA)).toEqual([
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-cudnn-cu12<10.0,>=9.3.0.75',
  ]);
  expect(nvidiaRequirements('Name: tensorflow-cpu\nRequires-Dist: numpy\n')).toEqual([]);
});

it('compares versions by number', () => {
  expect(['2.9.3', '2.21.0', '2.10.1'].sort(compareVersions)).toEqual(['2.9.3', '2.10.1', '2.21.0']);
});

it('refuses one that is too old, and for a GPU one that knows none', () => {
  const refused = (message: RegExp): Error =>
    expect.objectContaining({
      code: 'NATIVE_INSTALL_FAILED',
      message: expect.stringMatching(message) as string,
    }) as Error;
  const cpu = { name: 'tensorflow-cpu', version: '2.21.0', nvidia: [] };
  const gpu = { name: 'tensorflow', version: '2.21.0', nvidia: ['nvidia-cudnn-cu12'] };
  checkTensorflow(cpu, 'here', false);
  checkTensorflow(gpu, 'here', false);
  checkTensorflow(gpu, 'here', true);
  expect(() => checkTensorflow({ ...gpu, version: '2.9.3' }, 'a.whl', true)).toThrow(
    refused(/newer; got 2\.9\.3 in a\.whl/),
  );
  expect(() => checkTensorflow(cpu, 'a.whl', true)).toThrow(refused(/knows CUDA.*got "tensorflow-cpu" in a\.whl/));
  expect(() => checkTensorflow({ ...gpu, nvidia: [] }, 'a.whl', true)).toThrow(refused(/knows CUDA/));
});
