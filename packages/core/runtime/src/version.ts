/** True where a version lies in a range: an exact version, `^`, `~` or `*`. Pre-releases count as their version. */
export function admits(range: string, version: string): boolean {
  const [major, minor, patch] = parts(version);
  const [wantedMajor, wantedMinor, wantedPatch] = parts(range.replace(/^[\^~]/, ''));
  if (range === '*') return true;
  if (!range.startsWith('^') && !range.startsWith('~'))
    return major === wantedMajor && minor === wantedMinor && patch === wantedPatch;
  if (major !== wantedMajor) return false;
  const fixedMinor = range.startsWith('~') || major === 0;
  if (fixedMinor) {
    if (minor !== wantedMinor) return false;
    return major === 0 && minor === 0 && range.startsWith('^') ? patch === wantedPatch : patch >= wantedPatch;
  }
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

const parts = (version: string): [number, number, number] => {
  const [major = 0, minor = 0, patch = 0] = version.split('-')[0]!.split('.').map(Number);
  return [major, minor, patch];
};
