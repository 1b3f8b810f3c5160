export { packageFiles, type PackageOptions } from './package-files.js';
export { KINDS, LICENSES, type Kind, type License } from './templates.js';
