import { Injectable } from '@nestjs/common';
import { KafkaEventSource } from '#kafka';
import { IngestionPipeline, openTransactionText } from '#pipeline';
import { ServiceSettings } from '#settings';
import { LogMonitor } from '../kafka/log-monitor.js';
import { StartupChecks } from '../startup/startup-checks.js';
import { HealthReporting } from './health-reporting.js';
import { consumerIsSilent, problems, writeTakes, type Problem } from './readiness.js';

/** A warehouse attempt times out long before this; after it, the promise will never settle. */
const WRITER_STUCK_MS = 600_000;

/** Writing a large batch, or a fetch without data, may take this long without any fault. */
const NORMAL_SILENCE_MS = 15_000;

@Injectable()
export class HealthService {
  #lastReadyAt = -Infinity;

  constructor(
    private readonly startup: StartupChecks,
    private readonly source: KafkaEventSource,
    private readonly pipeline: IngestionPipeline,
    private readonly logs: LogMonitor,
    private readonly settings: ServiceSettings,
    private readonly reporting: HealthReporting,
  ) {
    reporting.membershipFrom(() => this.source.status().isJoined);
    reporting.readinessFrom(() => new Set(this.notReady().map(({ reason }) => reason)));
    reporting.openTransactionsFrom(() => this.pipeline.openTransactions());
  }

  /** The name of the service's part in the responses. */
  get name(): string {
    return this.reporting.name;
  }

  /** Every current problem, including transient ones. */
  problems(): Problem[] {
    return problems({
      isStarted: this.startup.isPassed,
      waitingFor: this.startup.waitingFor,
      consumer: this.source.status(),
      pipeline: this.pipeline.status(),
      logsFault: this.logs.fault,
      maxSilenceMs: Math.max(this.settings.readyMaxFaultMs, NORMAL_SILENCE_MS),
    });
  }

  /** Why the service is not ready; empty if it is. Transient problems count only if they last. */
  notReady(): Problem[] {
    const found = this.problems();
    const now = performance.now();
    if (found.length === 0) this.#lastReadyAt = now;
    const isBrief = now - this.#lastReadyAt < this.settings.readyMaxFaultMs;
    return isBrief && found.every(({ isPassing }) => isPassing) ? [] : found;
  }

  /** Whether the Kafka consumer is a member of its group, and so still owns its partitions. */
  isMember(): boolean {
    return this.source.status().isJoined;
  }

  /**
   * What events wait for although this service works, one sentence each. It does not affect readiness: neither a restart
   * nor another pod can end a producer's transaction, and a rollout would wait for it.
   */
  waitingFor(): string[] {
    return this.pipeline.openTransactions().map(openTransactionText);
  }

  /** What somebody should look at although events get through, one sentence each. It does not affect readiness. */
  remarks(): string[] {
    return this.reporting.remarks?.() ?? [];
  }

  /** Why only a restart helps, one sentence each; empty if the service is alive. */
  notAlive(): string[] {
    const pipeline = this.pipeline.status();
    const found: string[] = [];
    if (pipeline.failure !== null) found.push(`the pipeline has ended: ${pipeline.failure}`);
    if (pipeline.writerBusyMs > WRITER_STUCK_MS) {
      found.push(writeTakes(pipeline.writerBusyMs));
    }
    const { silentMs } = this.source.status();
    const mayBeSilent = !this.startup.isPassed || pipeline.isDraining;
    if (!mayBeSilent && silentMs > this.settings.liveMaxSilenceMs) {
      found.push(consumerIsSilent(silentMs));
    }
    return found;
  }
}
