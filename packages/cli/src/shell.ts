/** A command of ours as one would type it. */
export function commandLine(args: readonly string[]): string {
  return ['npx', 'adapterfusion', ...args.map(quoted)].join(' ');
}

/** A word as a shell takes it. */
export function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}
