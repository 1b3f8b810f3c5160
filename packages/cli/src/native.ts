import { Option, type Command } from 'commander';
import { ByteRate, megabytes } from './byte-rate.js';
import { given } from './flags.js';
import { run, type Outcome } from './run.js';

interface InstallFlags {
  readonly gpu?: boolean;
  readonly withoutDriver?: boolean;
  readonly wheel?: string;
  readonly tensorflow?: string;
}

const INSTALL_EXAMPLE = `
The TensorFlow is the one that is named, else one of this Python as new as ours, else one that pip fetches.

Examples:
  adapterfusion native install
  adapterfusion native install --gpu
  adapterfusion native install --wheel tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl`;

const REMOVE_EXAMPLE = `
Example:
  adapterfusion native remove --gpu`;

export function addNative(root: Command, outcome: Outcome): void {
  const native = root
    .command('native')
    .description('the backends native and cuda: TensorFlow on this machine')
    .helpOption('--help', 'print help')
    .helpCommand(false);
  native
    .command('install')
    .description('build the backend native, or cuda, against a current TensorFlow (850 MB; cuda about 5 GB)')
    .helpOption('--help', 'print help')
    .option('--gpu', 'for an NVIDIA GPU: the backend cuda')
    .option('--without-driver', 'with --gpu: install for a GPU that is not here, as when an image is built')
    .addOption(new Option('--wheel <file>', 'a wheel of TensorFlow on this machine').conflicts('tensorflow'))
    .option('--tensorflow <dir>', 'the folder of a TensorFlow that is installed for Python')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .addHelpText('after', INSTALL_EXAMPLE)
    .action(({ gpu, withoutDriver, wheel, tensorflow }: InstallFlags, command: Command) => {
      if (withoutDriver && !gpu) command.error("error: option '--without-driver' goes with '--gpu' only");
      return run(command, outcome, async (output, signal) => {
        const { installNative } = await import('adapterfusion');
        const rate = new ByteRate();
        const info = await installNative({
          ...given({ gpu, withoutDriver, wheel, tensorflow }),
          signal,
          onStep: (step) => output.event({ type: 'install', ...step }, `${step.step}/${step.of} ${step.message}`),
          onProgress: (progress) => {
            const { step, message, done, total } = progress;
            const words = rate.words(step, done, total);
            if (output.json) output.event({ type: 'progress', ...progress });
            else output.progress(`${message}, MB`, megabytes(done), megabytes(total), words);
          },
        });
        const words = info.already ? 'is there already' : 'is installed';
        const blind = info.kind === 'cuda' && info.sees === 'cpu';
        output.result({ type: 'installed', ...info }, [
          `The backend ${gpu ? 'cuda' : 'native'} ${words}: TensorFlow ${info.tensorflow} in ${info.folder}`,
          ...(blind ? ['TensorFlow sees no GPU here: cuda will be refused until it does.'] : []),
        ]);
      });
    });
  native
    .command('remove')
    .description('remove what "native install" built')
    .helpOption('--help', 'print help')
    .option('--gpu', 'only what was built for CUDA')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .addHelpText('after', REMOVE_EXAMPLE)
    .action(({ gpu }: InstallFlags, command: Command) =>
      run(command, outcome, async (output) => {
        const { removeNative } = await import('adapterfusion');
        const removed = await removeNative(gpu ? { kind: 'cuda' } : {});
        const lines = removed.map(({ folder, bytes }) => `removed ${folder} (${megabytes(bytes)} MB)`);
        output.result({ type: 'removed', removed }, lines.length > 0 ? lines : ['Nothing is installed.']);
      }),
    );
}
