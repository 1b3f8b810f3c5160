/** The TensorFlow that is fetched when none is named. */
export const TENSORFLOW_VERSION = '2.21.0';

/** Value of `e_machine` in an ELF file by the name Node has for the processor. */
export const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** The libraries of a TensorFlow package for Python that the addon links. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** The headers that the addon is compiled with. */
export const HEADERS = [
  'include/tensorflow/c',
  'include/tensorflow/core/platform',
  'include/tsl',
  'include/xla/tsl',
  'include/absl',
] as const;
