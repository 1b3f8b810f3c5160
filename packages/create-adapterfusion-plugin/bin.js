#!/usr/bin/env node
// Stands here, and not in dist, so that npm can link the command before it is built.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

if (existsSync(new URL('./dist/bin.js', import.meta.url))) await import('./dist/bin.js');
else {
  process.stderr.write(
    'error: expected the built command; got none. Build it in the root of the repository: npm run build\n',
  );
  process.exitCode = 1;
}
