import { AdapterFusionError } from '@adapterfusion/contracts';
import { backendLack, openBackend, probe, prove, type BackendName } from 'adapterfusion';
import type { ChildTask, Said } from './examine.js';

// A process of its own for each backend: it is open once a process, and may end it.
const [task, name] = process.argv.slice(2) as [ChildTask, BackendName];
const said = await look().catch(failure);
process.send!(said, () => process.exit(0));

async function look(): Promise<Said> {
  const lack = await backendLack(name);
  if (lack) return { state: 'missing', ...lack };
  await openBackend(name);
  if (task === 'prove') return { state: 'proven', proof: await prove() };
  const found = await probe();
  return { state: found.training.passed ? 'ready' : 'wrong', probe: found };
}

function failure(error: unknown): Said {
  const message = error instanceof Error ? error.message : String(error);
  return { state: 'failed', code: AdapterFusionError.is(error) ? error.code : 'BUG', message };
}
