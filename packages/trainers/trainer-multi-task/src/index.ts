export { multiTaskAdapters } from './multi-task-adapters.js';
export { multiTask } from './multi-task.js';
