import process from 'node:process';
import { run } from './run.js';

process.exitCode = run(process.argv.slice(2), {
  cwd: process.cwd(),
  year: new Date().getFullYear(),
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});
