/**
 * Lets the event loop turn once, so that signals, timers and rendering get their chance. A message, not a timer: pages in
 * the background have their timers slowed down.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
