import type { Command } from 'commander';
import type { InstalledBundle, InstalledPlugins } from 'adapterfusion';
import { run, type Outcome } from './run.js';

const EXAMPLE = `
No code of a package runs. Every file's hash is checked, and that of every adapter which a fusion takes from another
package. The exit code is 1 where something is wrong.

Example:
  adapterfusion list`;

export function addList(root: Command, outcome: Outcome): void {
  root
    .command('list')
    .description('what npm installed: adapters and fusions, the encoder each needs, what can be fused, methods')
    .helpOption('--help', 'print help')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .addHelpText('after', EXAMPLE)
    .action((_flags: object, command: Command) =>
      run(command, outcome, async (output) => {
        const { listInstalled } = await import('adapterfusion');
        const { bundles, plugins, fusable, problems } = await listInstalled();
        for (const bundle of bundles) {
          const { problem, ...rest } = bundle;
          const said = problem ? { problem: { code: problem.code, message: problem.message } } : {};
          output.result({ type: 'bundle', ...rest, verified: !problem, ...said }, linesOf(bundle));
        }
        if (bundles.length === 0) output.note('No bundles are installed. "npm install" a package that "pack" made.');
        for (const { backbone, packages } of fusable)
          if (packages.length > 1)
            output.result({ type: 'fusable', backbone, packages }, [
              `can be fused on ${backbone.id}: --adapters ${places(packages, bundles).join(' ')}`,
            ]);
        for (const found of plugins) output.result({ type: 'plugins', ...found }, pluginLines(found));
        for (const { code, message } of problems)
          output.result({ type: 'problem', code, message }, [`error ${code}: ${message}`]);
        return problems.length > 0 || bundles.some(({ problem }) => problem) ? 1 : 0;
      }),
    );
}

function linesOf(bundle: InstalledBundle): string[] {
  const { package: name, version, kind, adapters, heads, backbone, encoderFound, problem } = bundle;
  const { id, modelType, layers, hidden } = backbone;
  const parts = adapters.map((each) => `${each.name} (${each.plugin}${each.from ? `, from ${each.from}` : ''})`);
  return [
    `${name}@${version}: ${kind}${parts.length > 0 ? ` of ${parts.join(', ')}` : ''}`,
    `  encoder ${id} (${modelType}, ${layers} × ${hidden})${encoderFound ? '' : ', not found here: name it with --model'}`,
    ...(heads.length > 0 ? [`  predicts ${heads.join(', ')}`] : []),
    problem ? `  error ${problem.code}: ${problem.message}` : '  verified',
  ];
}

function pluginLines({ package: name, version, plugins }: InstalledPlugins): string[] {
  const kinds = new Set(plugins.map(({ kind }) => kind));
  const ids = (wanted: string): string => plugins.flatMap(({ kind, id }) => (kind === wanted ? [id] : [])).join(', ');
  return [`${name}@${version}: ${[...kinds].map((kind) => `${kind} ${ids(kind)}`).join('; ')}`];
}

/**
 * What `--adapters` takes of packages: each under its name without the scope, with it where two authors chose the same; one
 * with several adapters as it is, since these have names of their own.
 */
function places(packages: readonly string[], bundles: readonly InstalledBundle[]): string[] {
  const short = packages.map((name) => localName(name.replace(/^@[^/]*\//, '')));
  return packages.map((name, index) => {
    if (bundles.some((bundle) => bundle.package === name && bundle.adapters.length > 1)) return name;
    const own = short[index]!;
    return `${short.indexOf(own) === short.lastIndexOf(own) ? own : localName(name.replace('@', ''))}=${name}`;
  });
}

/** A package's name as that of an adapter. */
const localName = (name: string): string => name.replace(/[./]/g, '-');
