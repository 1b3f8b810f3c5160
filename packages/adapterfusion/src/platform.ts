import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import type { HubOptions } from '@adapterfusion/hub';

/** Where the hub's files are kept, and how it is reached. */
export interface HubSettings extends Pick<HubOptions, 'cache' | 'endpoint' | 'token' | 'offline'> {
  /** What keeps the files, where that is not what reaches the others. */
  readonly files?: Files;
}

let platformFiles: Files | undefined;
let platformMemory: (() => number) | undefined;
let platformHub: (() => Promise<HubSettings>) | undefined;
const hubs = new WeakMap<Files, HubSettings>();

/** Says how this platform reaches files; the entry for Node does it. */
export function provideFiles(files: Files): void {
  platformFiles = files;
}

/** The given files, or else the platform's. @throws UNSUPPORTED where there are none */
export function filesOf(given?: Files): Files {
  const files = given ?? platformFiles;
  if (files) return files;
  throw new AdapterFusionError('UNSUPPORTED', {
    expected: 'a way to reach files',
    got: 'none on this platform',
    fix: 'Hand one over as the option "files".',
  });
}

/** Says how much memory this process has; the entry for Node does it. */
export function provideMemory(resident: () => number): void {
  platformMemory = resident;
}

/** Bytes of this process that are in memory now; undefined where the platform does not tell. */
export const residentMemory = (): number | undefined => platformMemory?.();

/** Says how this platform reaches the hub; the entry for Node does it. */
export function provideHub(settings: () => Promise<HubSettings>): void {
  platformHub = settings;
}

/** Says how the hub is reached by those who are handed these files. */
export function attachHub(files: Files, settings: HubSettings): void {
  hubs.set(files, settings);
}

/** The hub that goes with these files, or else the platform's; undefined where there is none. */
export const hubOf = async (files: Files): Promise<HubSettings | undefined> => hubs.get(files) ?? platformHub?.();
