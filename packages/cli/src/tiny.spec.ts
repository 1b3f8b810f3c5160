// eslint-disable-next-line @nx/enforce-module-boundaries -- tests of several packages share it
export * from '../../adapterfusion/src/tiny.spec.js';
