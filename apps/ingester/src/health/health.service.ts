import { Injectable } from '@nestjs/common';
import { KafkaEventSource } from '#kafka';
import { IngestionPipeline } from '#pipeline';
import { ServiceSettings } from '#settings';
import { StartupChecks } from '../startup/startup-checks.js';
import { problems } from './readiness.js';

/** A try at the warehouse ends by its own time limits long before this; past it, the promise will never settle. */
const WRITER_STUCK_MS = 600_000;

@Injectable()
export class HealthService {
  #lastReadyAt = -Infinity;

  constructor(
    private readonly startup: StartupChecks,
    private readonly source: KafkaEventSource,
    private readonly pipeline: IngestionPipeline,
    private readonly settings: ServiceSettings,
  ) {}

  /** Why the service is not ready, a sentence each; none means ready. Normal trouble counts only when it lasts. */
  notReady(): string[] {
    const found = problems({
      isStarted: this.startup.isPassed,
      waitingFor: this.startup.waitingFor,
      consumer: this.source.status(),
      pipeline: this.pipeline.status(),
    });
    const now = performance.now();
    if (found.length === 0) this.#lastReadyAt = now;
    const isBrief = now - this.#lastReadyAt < this.settings.readyMaxFaultMs;
    return isBrief && found.every(({ isPassing }) => isPassing) ? [] : found.map(({ text }) => text);
  }

  /** Why only a restart helps, a sentence each; none means alive. */
  notAlive(): string[] {
    const pipeline = this.pipeline.status();
    const found: string[] = [];
    if (pipeline.failure !== null) found.push(`the pipeline has ended: ${pipeline.failure}`);
    if (pipeline.writerBusyMs > WRITER_STUCK_MS) {
      found.push(`one try to write a batch has taken ${seconds(pipeline.writerBusyMs)} s`);
    }
    const { silentMs } = this.source.status();
    const mayBeSilent = !this.startup.isPassed || pipeline.isDraining;
    if (!mayBeSilent && silentMs > this.settings.liveMaxSilenceMs) {
      found.push(`the Kafka consumer has done nothing for ${seconds(silentMs)} s`);
    }
    return found;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0);
}
