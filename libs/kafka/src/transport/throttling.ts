type Listener = (ms: number) => void;

const listeners = new Set<Listener>();

/** Calls the listener whenever a broker throttles this process. Returns a function that unsubscribes. */
export function onThrottled(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** @param ms how long the broker accepts no requests on that connection */
export function throttled(ms: number): void {
  for (const listener of listeners) listener(ms);
}
