import type { ProducedMessage } from '#traffic';

/** Where messages go. */
export interface Sink {
  /** Resolves once all of them are acknowledged. */
  send(messages: readonly ProducedMessage[]): Promise<void>;
}

/** Time as the pace needs it. */
export interface Clock {
  /** Milliseconds from any beginning. */
  now(): number;
  /** Ends early when the signal does. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface Production {
  next: () => ProducedMessage;
  sink: Sink;
  /** Messages a second. */
  rate: number | 'max';
  count: number;
  /** Ends the production after the messages under way. */
  signal: AbortSignal;
  onAcknowledged: (messages: readonly ProducedMessage[]) => void;
  clock: Clock;
}

const BATCH_SIZE = 1000;
const TICK_MS = 100;

/** Sends `count` messages at the rate, one batch after the other: so their order in a partition is theirs. */
export async function produce(production: Production): Promise<void> {
  const { next, sink, rate, count, signal, onAcknowledged, clock } = production;
  const startedAt = clock.now();
  let sent = 0;
  while (sent < count && !signal.aborted) {
    const due = rate === 'max' ? Infinity : Math.floor(((clock.now() - startedAt) / 1000) * rate) - sent;
    if (due < 1) {
      await clock.sleep(TICK_MS, signal);
      continue;
    }
    const batch = Array.from({ length: Math.min(due, BATCH_SIZE, count - sent) }, next);
    await sink.send(batch);
    onAcknowledged(batch);
    sent += batch.length;
  }
}
