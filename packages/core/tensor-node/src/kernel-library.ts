import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { NAPI } from './layout.js';

/**
 * What our library of operations is compiled for, best first: the compiler's name for it, and the processor's flags that
 * it needs, as Linux names them. One file each, and the best that this processor runs is loaded: an installation may be
 * shared by machines.
 */
const LEVELS = {
  avx512: { march: 'x86-64-v4', flags: ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'] },
  avx2: { march: 'x86-64-v3', flags: ['avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'] },
  base: { march: undefined, flags: [] as string[] },
} as const;

/** An instruction set that the library is compiled for. */
export type KernelLevel = keyof typeof LEVELS;

/** The levels that an installation for a processor has. @param arch as `process.arch` has it */
export function kernelLevels(arch: string = process.arch): KernelLevel[] {
  return arch === 'x64' ? ['avx512', 'avx2', 'base'] : ['base'];
}

const SOURCES = fileURLToPath(new URL('../native', import.meta.url));

let mark: string | undefined;

/** Short for the sources: a library of others is not the one that this version calls. */
function sourceMark(): string {
  if (mark !== undefined) return mark;
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return (mark = hash.digest('hex').slice(0, 8));
}

const targetName = (level: KernelLevel): string => `kernels-${sourceMark()}-${level}`;

/** Where an addon's package has the library that belongs to this version. */
export function kernelFile(tfjsNode: string, level: KernelLevel): string {
  return join(tfjsNode, 'lib', `napi-v${NAPI}`, `${targetName(level)}.node`);
}

/** Whether an addon's package has the library for every level, made from the sources of this version. */
export function hasKernels(tfjsNode: string): boolean {
  return kernelLevels().every((level) => existsSync(kernelFile(tfjsNode, level)));
}

/** Adds the library to what an unpacked `@tensorflow/tfjs-node` compiles: an addon of its own for each level. */
export async function addKernelSources(tfjsNode: string): Promise<void> {
  await cp(SOURCES, join(tfjsNode, 'binding', 'kernels'), { recursive: true });
  const gyp = join(tfjsNode, 'binding.gyp');
  const targets = "'targets' : [";
  const own = kernelLevels().map((level) => targetOf(level));
  await writeFile(gyp, (await readFile(gyp, 'utf8')).replace(targets, `${targets}${own.join(', ')}, `));
}

function targetOf(level: KernelLevel): string {
  const { march } = LEVELS[level];
  const machine = march === undefined ? [] : [`-march=${march}`];
  const wide = level === 'avx512' ? ['-mprefer-vector-width=512'] : [];
  const flags = [
    '-O3',
    '-fopenmp-simd',
    '-fno-math-errno',
    '-fno-trapping-math',
    '-fvisibility=hidden',
    ...machine,
    ...wide,
  ];
  return `{
    'target_name': '${targetName(level)}',
    'sources': ['binding/kernels/kernels.cc'],
    'include_dirs': ['<(tensorflow_include_dir)'],
    'cflags': [${flags.map((flag) => `'${flag}'`).join(', ')}],
    'libraries': ['-Wl,-rpath,\\$$ORIGIN/../../deps/lib', '-ltensorflow', '-ltensorflow_framework'],
    'library_dirs': ['<(module_root_dir)/deps/lib'],
  }`;
}

/**
 * Loads the library of an installation that has one, and registers its operations with TensorFlow. The variable
 * `ADAPTERFUSION_KERNELS` chooses a level, or `off`; `auto` by default.
 * @param threads how many it may compute with
 * @returns the level in use; undefined where there is none, and everything is composed of TensorFlow's own operations
 * @throws BACKEND_UNAVAILABLE for a level that is asked for and not there, or that this processor does not run
 */
export function openKernels(tfjsNode: string, threads: number): KernelLevel | undefined {
  const asked = process.env['ADAPTERFUSION_KERNELS'] || 'auto';
  // A bundle of somebody's own has no sources beside it, and no library that would belong to them.
  const there = existsSync(SOURCES)
    ? kernelLevels().filter((each) => existsSync(kernelFile(tfjsNode, each)) && runsHere(each))
    : [];
  if (asked === 'off') return undefined;
  const level = asked === 'auto' ? there[0] : there.find((each) => each === asked);
  if (level === undefined && asked !== 'auto')
    throw new AdapterFusionError('BACKEND_UNAVAILABLE', {
      at: 'ADAPTERFUSION_KERNELS',
      expected: ['auto', 'off', ...there].join(', '),
      got: JSON.stringify(asked),
      fix: 'Choose one of them; npx adapterfusion native install builds what is missing.',
    });
  if (level === undefined) return undefined;
  const open = createRequire(import.meta.url)(kernelFile(tfjsNode, level)) as (threads: number) => void;
  open(threads);
  return level;
}

let flags: ReadonlySet<string> | undefined;

/** Whether this processor runs a level. */
export function runsHere(level: KernelLevel): boolean {
  flags ??= new Set(/^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '));
  return LEVELS[level].flags.every((flag) => flags!.has(flag));
}
