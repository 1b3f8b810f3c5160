/** The last part of a path. */
export function lastOf(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '');
  return parts[parts.length - 1] ?? path;
}

/** A name from a task's id or a path. */
export function nameOf(data: string): string {
  return (
    lastOf(data)
      .replace(/\.[^.]*$/, '')
      .replace(/[,.]/g, '-') || 'task'
  );
}
