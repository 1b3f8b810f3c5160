import type { Command } from 'commander';
import { given } from './flags.js';
import { run, type Outcome } from './run.js';
import { quoted } from './shell.js';

interface PackFlags {
  readonly name: string;
  readonly version: string;
  readonly out: string;
  readonly license?: string;
  readonly description?: string;
  readonly selfContained?: boolean;
  readonly overwrite?: boolean;
}

const EXAMPLE = `
An adapter that was fused from a package becomes an exact dependency, with its hash in the manifest: whoever installs the
fusion gets the adapters it was trained with, and is told when one was exchanged. --self-contained carries them along.
Adapters of two versions of one package can only be carried along: npm puts one version beside the fusion.

The package names the encoder by its fingerprint. An encoder that is a copy of it at another precision, and says so
(backbone.derivedFrom in its adapterfusion.json), takes the adapters too, with a warning; any other one is refused.

Example:
  adapterfusion pack bundles/rte --name @me/rte --version 1.0.0 --out packages/rte
  npm publish packages/rte --access public`;

export function addPack(root: Command, outcome: Outcome): void {
  root
    .command('pack <bundle>')
    .description('make a folder of a bundle that "npm publish" takes as it is')
    .helpOption('--help', 'print help')
    .requiredOption('--name <name>', "the package's name")
    .requiredOption('--version <version>', "the package's version")
    .requiredOption('--out <dir>', 'where the folder is written')
    .option('--license <spdx>', 'a licence for package.json, such as Apache-2.0')
    .option('--description <text>', 'a description for package.json')
    .option('--self-contained', 'carry the adapters of other packages along')
    .option('--overwrite', 'replace a package that is there')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .addHelpText('after', EXAMPLE)
    .action((bundle: string, flags: PackFlags, command: Command) =>
      run(command, outcome, async (output) => {
        const { pack } = await import('adapterfusion');
        const { name, version, out, license, description, selfContained, overwrite } = flags;
        const wanted = given({ license, description, selfContained, overwrite });
        const { files, dependencies, peerDependencies } = await pack(bundle, { name, version, out, ...wanted });
        const lines = (words: string, all: { readonly [name: string]: string }): string[] =>
          Object.entries(all).map(([other, range]) => `${words} ${other}@${range}`);
        output.result({ type: 'packed', path: out, name, version, files, dependencies, peerDependencies }, [
          `packed ${out}: ${name}@${version}, ${files.length} files`,
          ...lines('depends on', dependencies),
          ...lines('wants beside it', peerDependencies),
          `next: npm publish ${quoted(/^[./]/.test(out) ? out : `./${out}`)} --access public`,
        ]);
      }),
    );
}
