/** Bytes of this process that are in memory. */
export const residentMemory = (): number => process.memoryUsage.rss();
