/**
 * What pip complained of in a few words: why it had no connection, once, without the attempts and the objects of its own
 * that it prints, and then its errors.
 */
export function pipComplaint(stderr: string): string {
  const attempt = /^WARNING: Retrying .*broken by ["']?\w+\((.*)\)["']?: \S*$/;
  const reasons = new Set<string>();
  const lines = stderr.split('\n').filter((line) => {
    const reason = attempt.exec(line)?.[1];
    if (reason !== undefined) reasons.add(plain(reason));
    return reason === undefined && line.trim() !== '';
  });
  return [...reasons, ...lines.filter((line) => line.startsWith('ERROR:') || reasons.size === 0)].join('\n');
}

const plain = (reason: string): string =>
  reason
    .replace(/<[^>]*>[:,]?\s*/g, '')
    .replace(/^["']+|["']+$/g, '')
    .trim();
