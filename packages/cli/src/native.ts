import { Option, type Command } from 'commander';
import { given } from './flags.js';
import { run, type Outcome } from './run.js';

interface InstallFlags {
  readonly wheel?: string;
  readonly tensorflow?: string;
}

const EXAMPLE = `
Examples:
  adapterfusion native install
  adapterfusion native install --wheel tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl`;

export function addNative(root: Command, outcome: Outcome): void {
  const native = root
    .command('native')
    .description('the native backend: TensorFlow on this machine')
    .helpOption('--help', 'print help')
    .helpCommand(false);
  native
    .command('install')
    .description('build the native backend against a current TensorFlow (850 MB)')
    .helpOption('--help', 'print help')
    .addOption(new Option('--wheel <file>', 'a wheel of TensorFlow on this machine').conflicts('tensorflow'))
    .option('--tensorflow <dir>', 'the folder of a TensorFlow that is installed for Python')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .addHelpText('after', EXAMPLE)
    .action(({ wheel, tensorflow }: InstallFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { installNative } = await import('adapterfusion');
        const info = await installNative({
          ...given({ wheel, tensorflow }),
          signal,
          onStep: (step) => output.event({ type: 'install', ...step }, `${step.step}/${step.of} ${step.message}`),
        });
        const words = info.already ? 'is there already' : 'is installed';
        output.result({ type: 'installed', ...info }, [
          `The native backend ${words}: TensorFlow ${info.tensorflow} in ${info.folder}`,
        ]);
      }),
    );
}
