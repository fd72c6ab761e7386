import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { FaultError, faultText, IngestionPipeline } from '#pipeline';
import { KafkaSettings } from '#settings';

/** Looks at the ends of the assigned logs again and again: for the lag, also where nothing is fetched. */
@Injectable()
export class LogMonitor implements OnModuleDestroy {
  readonly #logger = new Logger(LogMonitor.name);
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly pipeline: IngestionPipeline,
    private readonly kafka: KafkaSettings,
  ) {}

  start(): void {
    this.#timer = setTimeout(() => void this.#look(), this.kafka.lagIntervalMs);
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #look(): Promise<void> {
    try {
      await this.pipeline.observeLogs();
    } catch (error) {
      // The lag keeps its last value; what keeps Kafka from answering is told by those who cannot go on without.
      this.#logger.debug(error instanceof FaultError ? faultText(error.fault) : String(error));
    }
    if (this.#timer !== null) this.start();
  }
}
