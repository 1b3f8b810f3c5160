import { doubleSeqBn, parBn, scaledParBn, seqBn } from '@adapterfusion/adapter-bottleneck';
import { ia3 } from '@adapterfusion/adapter-ia3';
import { lora } from '@adapterfusion/adapter-lora';
import { bert } from '@adapterfusion/backbone-bert';
import { distilbert } from '@adapterfusion/backbone-distilbert';
import { roberta } from '@adapterfusion/backbone-roberta';
import { argument } from '@adapterfusion/dataset-argument';
import type { AnyPlugin, Files } from '@adapterfusion/contracts';
import { cosmosqa, csqa, hellaswag, siqa, winogrande } from '@adapterfusion/dataset-commonsense';
import { files } from '@adapterfusion/dataset-files';
import { cola, mnli, mnliMismatched, mrpc, qnli, qqp, rte, sst2, stsb, wnli } from '@adapterfusion/dataset-glue';
import { imdb } from '@adapterfusion/dataset-imdb';
import { anliR1, anliR2, anliR3, scitail, sick, snli } from '@adapterfusion/dataset-nli';
import { reviewsFilms, reviewsProducts, reviewsRestaurants } from '@adapterfusion/dataset-reviews';
import { mr, subj, trec } from '@adapterfusion/dataset-sentences';
import { boolq, cb, copa, wic } from '@adapterfusion/dataset-superglue';
import { attention, staticAttention, textbook } from '@adapterfusion/fusion-attention';
import { average } from '@adapterfusion/fusion-average';
import { scaling } from '@adapterfusion/fusion-scaling';
import { classification } from '@adapterfusion/head-classification';
import { multipleChoice } from '@adapterfusion/head-multiple-choice';
import { regression } from '@adapterfusion/head-regression';
import { multipleChoice as multipleChoiceTask } from '@adapterfusion/task-multiple-choice';
import { regression as regressionTask } from '@adapterfusion/task-regression';
import { textClassification } from '@adapterfusion/task-text-classification';
import { installedPackages, Registry, type DeclaredPlugin } from '@adapterfusion/runtime';
import { fullFineTuning } from '@adapterfusion/trainer-full';
import { fusion } from '@adapterfusion/trainer-fusion';
import { multiTask, multiTaskAdapters } from '@adapterfusion/trainer-multi-task';
import { sequential } from '@adapterfusion/trainer-sequential';
import { headOnly, singleTaskAdapter } from '@adapterfusion/trainer-single-task';

/**
 * The plugins to work with: those handed over, or else this project's and what installed packages declare, none of which is
 * imported before it is used.
 */
export async function registryOf({ registry }: { readonly registry?: Registry }, files: Files): Promise<Registry> {
  if (registry) return registry;
  const known = createRegistry();
  for (const { plugins } of await installedPackages(files)) known.declare(...plugins);
  return known;
}

/** Plugins that are imported when they are used: kinds of task with their heads, and methods that few adapters have. */
const LATE: readonly DeclaredPlugin[] = [
  late(
    'task',
    'multi-label-classification',
    async () => (await import('@adapterfusion/task-multi-label-classification')).multiLabelClassification.plugin,
  ),
  late(
    'head',
    'multi-label-classification',
    async () => (await import('@adapterfusion/head-multi-label-classification')).multiLabelClassification.plugin,
  ),
  late(
    'task',
    'token-classification',
    async () => (await import('@adapterfusion/task-token-classification')).tokenClassification.plugin,
  ),
  late(
    'head',
    'token-classification',
    async () => (await import('@adapterfusion/head-token-classification')).tokenClassification.plugin,
  ),
  late(
    'task',
    'question-answering',
    async () => (await import('@adapterfusion/task-question-answering')).questionAnswering.plugin,
  ),
  late(
    'head',
    'question-answering',
    async () => (await import('@adapterfusion/head-question-answering')).questionAnswering.plugin,
  ),
  late(
    'adapter',
    'prefix_tuning',
    async () => (await import('@adapterfusion/adapter-prefix-tuning')).prefixTuning.plugin,
    'prefix-tuning',
  ),
  extended('bottleneck', async () => (await extendedBottlenecks()).bottleneck.plugin),
  extended('compacter', async () => (await extendedBottlenecks()).compacter.plugin),
  extended('compacter_pp', async () => (await extendedBottlenecks()).compacterPp.plugin),
  extended('seq_bn_inv', async () => (await extendedBottlenecks()).seqBnInv.plugin),
  extended('double_seq_bn_inv', async () => (await extendedBottlenecks()).doubleSeqBnInv.plugin),
];

function extended(id: string, load: () => Promise<AnyPlugin>): DeclaredPlugin {
  return late('adapter', id, load, 'bottleneck');
}

/** A module of its own. */
const extendedBottlenecks = async () => import('@adapterfusion/adapter-bottleneck/extended');

/** @param rest of the package's name */
function late(
  kind: 'task' | 'head' | 'adapter',
  id: string,
  load: () => Promise<AnyPlugin>,
  rest = id,
): DeclaredPlugin {
  return { kind, id, packageName: `@adapterfusion/${kind}-${rest}`, import: load };
}

/** A new registry that knows the plugins of this project. Add others with `use`. */
export function createRegistry(): Registry {
  return new Registry()
    .declare(...LATE)
    .use(bert, roberta, distilbert)
    .use(seqBn, doubleSeqBn, parBn, scaledParBn, lora, ia3)
    .use(attention, staticAttention, textbook, average, scaling)
    .use(textClassification, regressionTask, multipleChoiceTask)
    .use(classification, regression, multipleChoice)
    .use(singleTaskAdapter, headOnly, fullFineTuning, fusion)
    .use(multiTask, multiTaskAdapters, sequential)
    .use(files, rte, mrpc, cola, sst2, qqp, mnli, mnliMismatched, qnli, wnli, stsb, cb, boolq, wic, copa)
    .use(winogrande, hellaswag, siqa, cosmosqa, csqa)
    .use(sick, snli, scitail, anliR1, anliR2, anliR3, imdb, argument, mr, subj, trec)
    .use(reviewsProducts, reviewsFilms, reviewsRestaurants);
}
