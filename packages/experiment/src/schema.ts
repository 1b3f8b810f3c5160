const text = (description: string) => ({ type: 'string', minLength: 1, description });
const whole = (minimum: number, description: string) => ({ type: 'integer', minimum, description });
const list = (items: object, description: string) => ({
  type: 'array',
  items,
  minItems: 1,
  uniqueItems: true,
  description,
});
const record = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const settings = {
  ...record({
    epochs: whole(1, 'passes over the rows'),
    batchSize: whole(1, 'rows at once'),
    accumulate: whole(1, 'batches to one step of the optimiser'),
    optimizer: { enum: ['adamw', 'sgd'] },
    momentum: { type: 'number', minimum: 0, maximum: 1, description: 'momentum of sgd' },
    learningRate: { type: 'number', minimum: 0, description: 'the highest learning rate' },
    schedule: { enum: ['linear', 'cosine', 'constant'], description: 'the learning rate after warm-up' },
    warmup: { type: 'number', minimum: 0, maximum: 1, description: 'share of the steps over which it rises' },
    weightDecay: { type: 'number', minimum: 0 },
    clip: { type: 'number', minimum: 0, description: 'largest norm of the gradient; 0: any' },
    patience: whole(0, 'epochs without improvement after which training stops; 0: never'),
    keep: { enum: ['last', 'best'], description: 'weights of which epoch' },
    maxLength: whole(1, 'longest input in tokens'),
    classWeights: { enum: ['none', 'balanced'] },
    batching: { enum: ['length', 'shuffle'] },
    checkpointEvery: whole(0, 'steps between checkpoints; 0: one at the end of each epoch'),
    activationCache: {
      type: 'number',
      minimum: 0,
      description: 'MiB in which what frozen lower layers make of each row is kept',
    },
  }),
  description: 'settings of the loop; the strategy’s own, or the protocol’s, where absent',
};
const seeds = list(whole(0, 'a seed'), 'one run each');
const trainRows = whole(1, 'at most so many training rows, every label with its share');
const head = { type: 'object', description: 'options of the head, for example { "pooling": "mean" }' };
const headStart = {
  enum: ['random', 'fitted'],
  description: 'how classification heads start: random, with two layers, by default; fitted in closed form, with one',
};
const adapter = text('the adapter’s method, for example seq_bn[reduction_factor=16]');
const fusion = text('the fusion’s method, for example attention[dropout_prob=0]');
const search = record(
  {
    learningRates: {
      ...list({ type: 'number', exclusiveMinimum: 0 }, 'what is tried on held-out training rows'),
      minItems: 2,
    },
  },
  ['learningRates'],
);
const onTask = { trainRows, settings, seeds };
const task = record({
  ...onTask,
  data: text('the task’s id, or the path of rows of one’s own; the name by default'),
  dataDir: text('the folder that holds the task’s files'),
  dataOptions: { type: 'object', description: 'options of the data set' },
  measureOn: { enum: ['train', 'validation', 'test'], description: 'which rows results are measured on' },
});
const strategy = record(
  {
    ...{ ...onTask, adapter, fusion, head, headStart },
    name: text('how the table calls it'),
    trainer: text('a trainer, id or id[option=value,…], or a baseline; the name by default'),
    order: list(
      text('a task'),
      'tasks that a strategy of several tasks learns, in order; the sources and the target by default',
    ),
    over: text('the strategy that trains the adapters which it mixes; st-a by default'),
    tasks: { type: 'object', additionalProperties: record(onTask), description: 'what is otherwise on one task' },
    search: { anyOf: [search, { const: false }] },
  },
  ['name'],
);

/** JSON Schema (draft 2020-12) of an experiment file; `experiment.schema.json` of this package is the same. */
export const EXPERIMENT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An experiment of AdapterFusion',
  ...record(
    {
      ...{ adapter, fusion, head, headStart, settings, seeds, search },
      $schema: { type: 'string' },
      name: text('the title of the report'),
      model: text('folder or npm package of the encoder'),
      dataDir: text('the folder that holds the tasks’ files'),
      backend: text('what computes: auto, cuda, native, webgpu, wasm or cpu'),
      protocol: {
        enum: ['paper', 'held-out'],
        description:
          'paper: the paper’s hyper-parameters, best epoch on the measured rows; held-out: nothing is chosen by the measured rows',
      },
      tasks: { type: 'object', minProperties: 1, additionalProperties: task },
      sources: list(
        { anyOf: [text('a task'), record({ name: text('its name'), bundle: text('its bundle') }, ['name', 'bundle'])] },
        'what is mixed: adapters trained on these tasks, or given ones; all tasks by default',
      ),
      targets: list(text('a task'), 'tasks that the table has; all by default'),
      strategies: list({ anyOf: [text('a trainer or baseline'), strategy] }, 'what is compared'),
      sourceSeed: whole(0, 'seed of the other tasks’ adapters; the cell’s own by default'),
      budgets: list(
        { anyOf: [whole(1, 'training rows'), { const: 'all' }] },
        'training rows of a target; all by default',
      ),
      holdOut: {
        ...{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
        description: 'share of the training rows that choices go by; 0.1 by default',
      },
    },
    ['model', 'protocol', 'tasks', 'strategies', 'seeds'],
  ),
} as const;
