import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FaultError, IngestionPipeline, PipelineObserver, type Fault } from '#pipeline';
import { KafkaSettings } from '#settings';

/** kafkajs waits 30 s for an answer and asks again: somebody who watches is told long before. */
const SLOW_MS = 3_000;

/**
 * Looks at the ends of the assigned logs again and again: for the lag, also where nothing is fetched. While they are not
 * known the lag is not either, so that a look that fails or stays without an answer is a fault.
 */
@Injectable()
export class LogMonitor implements OnModuleDestroy {
  #timer: NodeJS.Timeout | null = null;
  #failing: { fault: Fault; since: number; attempts: number } | null = null;

  constructor(
    private readonly pipeline: IngestionPipeline,
    private readonly observer: PipelineObserver,
    private readonly kafka: KafkaSettings,
  ) {}

  /** Why the last look failed, or has no answer yet; null where all is known. */
  get fault(): Fault | null {
    return this.#failing?.fault ?? null;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#look(), this.kafka.lagIntervalMs);
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #look(): Promise<void> {
    const askedAtMs = Date.now();
    const slow = setTimeout(() => {
      // An error that an earlier look met says more.
      if (this.#failing === null) this.#failed(noAnswer(askedAtMs));
    }, SLOW_MS);
    try {
      await this.pipeline.observeLogs();
      this.#succeeded();
    } catch (error) {
      this.#failed(error instanceof FaultError ? error.fault : unplanned(error));
    } finally {
      clearTimeout(slow);
    }
    if (this.#timer !== null) this.start();
  }

  #failed(fault: Fault): void {
    // The service ends, and closes what it asks with.
    if (this.#timer === null) return;
    const { since = performance.now(), attempts = 0 } = this.#failing ?? {};
    this.#failing = { fault, since, attempts: attempts + 1 };
    this.observer.faulted('log_ends', fault, attempts + 1, this.kafka.lagIntervalMs);
  }

  #succeeded(): void {
    if (this.#failing === null) return;
    this.observer.recovered('log_ends', performance.now() - this.#failing.since);
    this.#failing = null;
  }
}

function noAnswer(sinceMs: number): Fault {
  const since = new Date(sinceMs).toISOString().slice(11, 19);
  return {
    class: 'transient',
    code: 'NO_ANSWER',
    message: `Kafka has not told the ends of the logs since ${since} UTC, so that the lag is not known`,
    remedy: 'If this lasts, check that the brokers run and can be reached',
  };
}

function unplanned(error: unknown): Fault {
  return { class: 'transient', code: 'UNPLANNED', message: String(error), remedy: null };
}
