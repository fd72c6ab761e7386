import type { ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { IngestionPipeline, partitionName, PipelineObservers, type PartitionLag } from '#pipeline';
import { HealthService } from '#service';
import { describeSettings, ServiceSettings, serviceVersion, Settings } from '#settings';
import { lagMaxAgeMs, PipelineTelemetry, type RunStats } from '#telemetry';
import { ANY_DEAD_LETTER } from '#warehouse';
import { Audience, frame } from './audience.js';
import { catchUp } from './figures/catch-up.js';
import { Growth } from './figures/growth.js';
import { History, type Sample } from './figures/history.js';
import { memory } from './figures/memory.js';
import { countingLimits, OpenLetterCount } from './figures/open-letters.js';
import { PipelineWatch } from './figures/pipeline-watch.js';
import { RecentFaults } from './figures/recent-faults.js';
import { shownLag } from './figures/shown-lag.js';
import { LetterTable } from './letter-table.js';
import type { Greeting, ShownLag, Snapshot, TypeFigures } from './snapshot.js';

const EVERY_MS = 1_000;
const HISTORY_MS = 600_000;
/** Log ends are read every few seconds, and rates must be readable. */
const RATE_MS = 15_000;
/** How much longer than its batch a message may wait when nothing is behind. */
const USUAL_DELAY_MS = 5_000;
const SEATS = 20;

/**
 * Samples the pipeline once a second and sends the result to connected browsers. Everything shown is already in memory,
 * so Kafka and the warehouse get no requests; except the count of open letters, which is taken now and then while
 * somebody watches. Does nothing if the page is off; without browsers it only samples.
 */
@Injectable()
export class LivePage implements OnModuleInit, OnApplicationShutdown {
  readonly #watch = new PipelineWatch();
  readonly #faults = new RecentFaults();
  readonly #history = new History(HISTORY_MS / EVERY_MS, Date.now());
  readonly #arriving = new Growth(RATE_MS);
  readonly #settling = new Growth(RATE_MS);
  readonly #byType = new Growth(RATE_MS);
  readonly #openLetters: OpenLetterCount;
  readonly #audience = new Audience(SEATS);
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly service: ServiceSettings,
    private readonly settings: Settings,
    private readonly observers: PipelineObservers,
    private readonly pipeline: IngestionPipeline,
    private readonly telemetry: PipelineTelemetry,
    private readonly health: HealthService,
    letters: LetterTable,
  ) {
    const count = () => letters.use((store) => store.count({ ...ANY_DEAD_LETTER, statuses: ['open'] }));
    this.#openLetters = new OpenLetterCount(async () => (await count()).open, countingLimits(settings));
  }

  onModuleInit(): void {
    if (!this.service.statusPage) return;
    this.observers.join(this.#watch);
    this.observers.join(this.#faults);
    this.observers.join({
      batchCommitted: () => {
        this.#openLetters.batchCommitted();
      },
    });
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
    const lags = this.pipeline.lags();
    const lag = this.#lag(lags);
    const session = this.telemetry.runStats();
    this.#noteGrowth(lags, session);
    const sample = this.#history.add({
      atMs: Date.now(),
      session,
      arriving: lag === null || lag.isOld ? null : rounded(this.#arriving.perSecond()),
      lag: lag === null || lag.isOld ? null : lag.messages,
      lagSeconds: lag === null ? null : rounded(lag.oldestSeconds),
      buffered: this.#watch.buffer.events,
      ...this.#watch.takeBatchMeans(),
    });
    this.#watch.stages.endTurn();
    if (this.#audience.size === 0) return;
    void this.#openLetters.refresh();
    this.#audience.tell(frame('snapshot', this.#snapshot(sample, lag, session)));
  }

  #noteGrowth(lags: readonly PartitionLag[], { stored }: RunStats): void {
    const at = performance.now();
    this.#arriving.note(
      new Map(lags.map((each) => [partitionName(each), { total: each.end, at: each.seenAt }])),
    );
    this.#settling.note(
      new Map(
        this.pipeline.checkpoints().map((each) => [partitionName(each), { total: each.nextOffset, at }]),
      ),
    );
    this.#byType.note(new Map(Object.entries(stored).map(([type, total]) => [type, { total, at }])));
  }

  #lag(lags: PartitionLag[]): ShownLag | null {
    return shownLag(lags, lagMaxAgeMs(this.settings.kafka.lagIntervalMs));
  }

  #greeting(): Greeting {
    const { kafka, warehouse, batch, workbench } = this.settings;
    return {
      version: serviceVersion(),
      pod: hostname(),
      pid: process.pid,
      topic: kafka.topicName,
      group: kafka.groupId,
      warehouse: warehouse.engine,
      hasWorkbench: workbench.token !== undefined,
      bufferLimits: { events: batch.maxEvents, bytes: batch.maxBytes },
      settings: describeSettings(this.settings),
      history: this.#history.columns(),
    };
  }

  #snapshot(sample: Sample, lag: ShownLag | null, session: RunStats): Snapshot {
    const lags = new Map(this.pipeline.lags().map((each) => [partitionName(each), this.#lag([each])]));
    const usualSeconds = (this.settings.batch.maxWaitMs + USUAL_DELAY_MS) / 1000;
    return {
      uptimeSeconds: Math.floor(process.uptime()),
      readiness: {
        isReady: this.health.notReady().length === 0,
        problems: [...this.health.problems().map(({ text }) => text), ...this.health.waitingFor()],
        remarks: this.health.remarks(),
      },
      sample,
      session,
      buffer: this.#watch.buffer,
      lastBatch: this.#watch.lastBatch,
      stages: this.#watch.stages.summary(),
      lag,
      catchUp: catchUp(
        {
          lag: sample.lag,
          oldestSeconds: sample.lagSeconds,
          arriving: sample.arriving,
          settling: this.#settling.perSecond(),
        },
        usualSeconds,
      ),
      byType: this.#typeFigures(session),
      openLetters: this.#openLetters.latest,
      memory: memory(),
      rebalances: this.#watch.rebalances,
      warehouseErrors: this.#faults.warehouseErrors,
      faults: this.#faults.summary(),
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

  #typeFigures({ stored }: RunStats): TypeFigures[] {
    return (Object.keys(stored) as (keyof typeof stored)[]).map((type) => ({
      type,
      perSecond: rounded(this.#byType.perSecondOf(type)),
      stored: stored[type],
      deadLetters: this.#watch.deadLettersOf(type),
    }));
  }
}

/** To tenths. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(10 * value) / 10;
}
