/** A command of ours as one would type it. */
export function commandLine(args: readonly string[]): string {
  return ['npx', 'adapterfusion', ...args.map(quoted)].join(' ');
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}
