import { testDataset } from '@adapterfusion/conformance';
import { nodeFiles } from '@adapterfusion/files-node';
import { fileSource } from '@adapterfusion/runtime';
import { createRegistry } from 'adapterfusion';
import { describe, it } from 'vitest';
import { lacks, shared } from './shared.js';

/* Data sets that are small enough to be read several times, on their published files. */

const SMALL = ['rte', 'mrpc', 'wnli', 'cola', 'cb', 'sick', 'boolq', 'stsb', 'csqa', 'trec'];
const files = nodeFiles();
const registry = createRegistry();
const lack = lacks('cpu', { shared: true });

describe.skipIf(lack)(lack ?? 'data sets', () => {
  for (const { id } of registry.list('dataset').filter((each) => SMALL.includes(each.id)))
    testDataset({ describe, it }, registry.configure('dataset', id), fileSource(files, shared('data')));
});

for (const id of ['reviews-products', 'reviews-films', 'reviews-restaurants']) {
  const configured = registry.configure('dataset', id);
  const { package: name, folder } = configured.create({}).home!;
  const place = (await files.packageFolder!(name, configured.plugin.packageName))!;
  testDataset({ describe, it }, configured, fileSource(files, files.join(place, folder)));
}
