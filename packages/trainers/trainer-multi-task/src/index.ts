export { multiTaskAdapters, type MultiTaskAdaptersOptions } from './multi-task-adapters.js';
export { multiTask, type MultiTaskOptions } from './multi-task.js';
