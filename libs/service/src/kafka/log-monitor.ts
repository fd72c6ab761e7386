import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FaultError, IngestionPipeline, PipelineObserver, type Fault } from '#pipeline';
import { KafkaSettings } from '#settings';

/** kafkajs retries only after 30 s without a response; this is reported much earlier. */
const SLOW_MS = 3_000;

/**
 * Polls the ends of the assigned logs for the lag, even if nothing is fetched. Without them the lag is unknown, so a
 * poll that fails or gets no response is a fault.
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

  /** Why the last poll failed or has no response yet; null if the ends are known. */
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
      // The error of an earlier poll says more.
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
    // The service is shutting down and closes the client.
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
    message: `Kafka has not returned the ends of the logs since ${since} UTC, so the lag is unknown`,
    remedy: 'If this lasts, check that the brokers run and can be reached',
  };
}

function unplanned(error: unknown): Fault {
  return { class: 'transient', code: 'UNPLANNED', message: String(error), remedy: null };
}
