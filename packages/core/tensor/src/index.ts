export {
  currentBackend,
  openBackend,
  provideBackend,
  type BackendInfo,
  type BackendName,
  type BackendProvider,
} from './backend.js';
