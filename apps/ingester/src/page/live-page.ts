import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { IngestionPipeline, partitionName, PipelineObservers, type PartitionLag } from '#pipeline';
import { HealthService } from '#service';
import { describeSettings, ServiceSettings, serviceVersion, Settings } from '#settings';
import { lagMaxAgeMs, PipelineTelemetry } from '#telemetry';
import { Audience, frame } from './audience.js';
import { History, type Sample } from './history.js';
import { PipelineWatch } from './pipeline-watch.js';
import { shownLag } from './shown-lag.js';
import type { Greeting, ShownLag, Snapshot } from './snapshot.js';

const EVERY_MS = 1_000;
const HISTORY_MS = 600_000;
const SEATS = 20;

/**
 * Samples the pipeline once a second and sends the result to connected browsers. Everything shown is already in memory,
 * so Kafka and the warehouse get no requests. Does nothing if the page is off; without browsers it only samples.
 */
@Injectable()
export class LivePage implements OnModuleInit, OnApplicationShutdown {
  readonly #watch = new PipelineWatch();
  readonly #history = new History(HISTORY_MS / EVERY_MS, Date.now());
  readonly #audience = new Audience(SEATS);
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly service: ServiceSettings,
    private readonly settings: Settings,
    private readonly observers: PipelineObservers,
    private readonly pipeline: IngestionPipeline,
    private readonly telemetry: PipelineTelemetry,
    private readonly health: HealthService,
  ) {}

  onModuleInit(): void {
    if (!this.service.statusPage) return;
    this.observers.join(this.#watch);
    this.#timer = setInterval(() => {
      this.#turn();
    }, EVERY_MS);
  }

  onApplicationShutdown(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#audience.close();
  }

  /** Keeps the response open for snapshots. Returns false if the maximum number of browsers is connected. */
  admit(response: ServerResponse): boolean {
    return this.#audience.admit(response, frame('greeting', this.#greeting()));
  }

  #turn(): void {
    const lag = this.#lag(this.pipeline.lags());
    const sample = this.#history.add({
      atMs: Date.now(),
      session: this.telemetry.runStats(),
      lag: lag === null || lag.isOld ? null : lag.messages,
      buffered: this.#watch.buffer.events,
      ...this.#watch.takeBatchMeans(),
    });
    this.#watch.stages.endTurn();
    if (this.#audience.size > 0) this.#audience.tell(frame('snapshot', this.#snapshot(sample, lag)));
  }

  #lag(lags: PartitionLag[]): ShownLag | null {
    return shownLag(lags, lagMaxAgeMs(this.settings.kafka.lagIntervalMs));
  }

  #greeting(): Greeting {
    const { kafka, warehouse, batch } = this.settings;
    return {
      version: serviceVersion(),
      topic: kafka.topicName,
      group: kafka.groupId,
      warehouse: warehouse.engine,
      bufferLimits: { events: batch.maxEvents, bytes: batch.maxBytes },
      settings: describeSettings(this.settings),
      history: this.#history.columns(),
    };
  }

  #snapshot(sample: Sample, lag: ShownLag | null): Snapshot {
    const lags = new Map(this.pipeline.lags().map((each) => [partitionName(each), this.#lag([each])]));
    return {
      uptimeSeconds: Math.floor(process.uptime()),
      readiness: {
        isReady: this.health.notReady().length === 0,
        problems: [...this.health.problems().map(({ text }) => text), ...this.health.waitingFor()],
        remarks: this.health.remarks(),
      },
      sample,
      session: this.telemetry.runStats(),
      buffer: this.#watch.buffer,
      lastBatch: this.#watch.lastBatch,
      stages: this.#watch.stages.summary(),
      lag,
      isMember: this.health.isMember(),
      partitions: this.pipeline
        .checkpoints()
        .map((checkpoint) => ({
          ...checkpoint,
          lag: lags.get(partitionName(checkpoint)) ?? null,
          logStart: this.pipeline.logStart(checkpoint),
        }))
        .sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition),
      deadLetters: this.#watch.letters.summary(),
    };
  }
}
