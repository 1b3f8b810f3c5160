import type { CompiledRecord } from '@adapterfusion/checkpoint';
import type { Setup } from './setup.js';

const folded = ({ from, weights, parameters }: CompiledRecord): string =>
  `It was folded from \`${from}\` with ${parameters.toLocaleString('en')} parameters${weights ? `, weights ${weights}` : ''}.`;

/**
 * The model card of a bundle, Markdown, from what the set-up says of itself.
 * @param encoder how many parameters the encoder has that it carries; none by default
 */
export function card(setup: Setup, encoder = 0): string {
  const list = (title: string, names: readonly string[]): string =>
    names.length === 0 ? '' : `\n## ${title}\n\n${names.map((name) => `- ${name}`).join('\n')}\n`;
  const count = (parts: ReadonlyMap<string, { values: ReadonlyMap<string, { data: Float32Array }> }>): number =>
    [...parts.values()].reduce(
      (sum, { values }) => sum + [...values.values()].reduce((all, { data }) => all + data.length, 0),
      0,
    );
  const stored = encoder + count(setup.adapters) + count(setup.fusions) + count(setup.heads);
  const { id = 'unknown', tunedFrom } = setup.backbone;
  const metrics = setup.metrics.map(
    ({ name, value, data, rows }) => `${name} ${value.toFixed(4)} on ${data} (${rows} rows)`,
  );
  return [
    `# ${setup.name}\n\nAn AdapterFusion bundle of kind \`${setup.kind}\`${tunedFrom ? '' : ` for the encoder \`${id}\``}`,
    `, with ${stored.toLocaleString('en')} stored parameters.\n`,
    tunedFrom
      ? `\nIt carries its encoder, fine-tuned from \`${tunedFrom.id}\`: the folder is also a model in the hub's layout.\n`
      : '',
    setup.compiled
      ? `\nIt is compiled for inference: its fusions are folded into its adapters. It predicts, and cannot be trained or fused. ${folded(setup.compiled)}\n`
      : '',
    list('Metrics', metrics),
    list(
      'Adapters',
      [...setup.adapters].map(([name, { plugin }]) => `${name} (\`${plugin}\`)`),
    ),
    list(
      'Fusions',
      [...setup.fusions].map(([name, { plugin }]) => `${name} (\`${plugin}\`)`),
    ),
    list(
      'Heads',
      [...setup.heads].map(([name, { labels }]) => `${name}: ${labels.join(', ')}`),
    ),
    `\n## Composition\n\n\`\`\`json\n${JSON.stringify(setup.composition, null, 2)}\n\`\`\`\n`,
    `\n## Training\n\n\`\`\`json\n${JSON.stringify(setup.training, null, 2)}\n\`\`\`\n`,
  ].join('');
}
