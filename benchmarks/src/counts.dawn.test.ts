import { describeCounts } from './counts.spec.js';

await describeCounts('webgpu');
