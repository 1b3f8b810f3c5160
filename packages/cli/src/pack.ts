import { bytes as size } from '@adapterfusion/terminal';
import type { Command } from 'commander';
import { given } from './flags.js';
import { run, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface PackFlags {
  readonly name: string;
  readonly version: string;
  readonly out: string;
  readonly license?: string;
  readonly description?: string;
  readonly selfContained?: boolean;
  readonly overwrite?: boolean;
}
