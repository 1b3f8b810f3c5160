import type { CompiledRecord, SourceRecord } from '@adapterfusion/checkpoint';
import type { Setup } from './setup.js';

const folded = ({ from, weights, parameters }: CompiledRecord): string =>
  `It was folded from \`${from}\` with ${parameters.toLocaleString('en')} parameters${weights ? `, weights ${weights}` : ''}.`;

/**
 * The model card of a bundle, Markdown, from what the set-up says of itself.
 * @param encoder how many parameters the encoder has that it carries; none by default
 * @param published the npm package that it becomes
 */
export function card(
  setup: Setup,
  encoder = 0,
  published?: { readonly name: string; readonly version: string },
): string {
  const list = (title: string, names: readonly string[]): string =>
    names.length === 0 ? '' : `\n## ${title}\n\n${names.map((name) => `- ${name}`).join('\n')}\n`;
  const count = (parts: ReadonlyMap<string, { values: ReadonlyMap<string, { data: Float32Array }> }>): number =>
    [...parts.values()].reduce(
      (sum, { values }) => sum + [...values.values()].reduce((all, { data }) => all + data.length, 0),
      0,
    );
  const stored = encoder + count(setup.adapters) + count(setup.fusions) + count(setup.heads);
  const { id = 'unknown', tunedFrom, derivedFrom } = setup.backbone;
  const copy = setup.kind === 'model' && derivedFrom !== undefined;
  const metrics = setup.metrics.map(
    ({ name, value, data, rows }) => `${name} ${value.toFixed(4)} on ${data} (${rows} rows)`,
  );
  return [
    `# ${published?.name ?? setup.name}\n\nAn AdapterFusion bundle of kind \`${setup.kind}\`${tunedFrom ? '' : ` for the encoder \`${id}\``}`,
    `, with ${stored.toLocaleString('en')} stored parameters.\n`,
    tunedFrom
      ? `\nIt carries its encoder, fine-tuned from \`${tunedFrom.id}\`: the folder is also a model in the hub's layout.\n`
      : '',
    copy
      ? `\nIts encoder is a copy at another precision of the one with the fingerprint ${derivedFrom}, whose adapters load on it.\n`
      : '',
    setup.compiled ? `\nIt is compiled for inference and cannot be trained or fused. ${folded(setup.compiled)}\n` : '',
    published ? use(setup, published.name) : '',
    list('Metrics', metrics),
    list(
      'Adapters',
      [...setup.adapters].map(([name, { plugin, source }]) => `${name} (\`${plugin}\`)${source ? origin(source) : ''}`),
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

const origin = ({ package: name, version, adapter, carried }: SourceRecord): string =>
  `, \`${adapter}\` of \`${name}@${version}\`${carried ? ', carried along' : ''}`;

/** How to use it once it is published. */
function use({ kind, heads, adapters, backbone }: Setup, name: string): string {
  const model = kind === 'model' ? '' : ` --model ${backbone.id ?? 'ENCODER'}`;
  const lines = [
    ...(heads.size > 0 ? [`npx adapterfusion predict --setup ${name}${model} --input texts.jsonl`] : []),
    ...(adapters.size === 1 ? [`npx adapterfusion fuse --adapters '${[...adapters.keys()][0]}=${name}' …`] : []),
  ];
  return `\n## Use\n\n\`\`\`sh\nnpm install adapterfusion @adapterfusion/cli ${name}\n${lines.join('\n')}\n\`\`\`\n`;
}
