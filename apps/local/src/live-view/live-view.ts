import { type Screen, total } from '#terminal';
import type { MetricsReading } from '#testing';
import type { LocalIngester } from '../processes/ingester.js';
import { summaryLine, summaryLines, type LiveState } from './live-summary.js';
import type { LocalProducer } from '../processes/producer.js';
import { RateMeter } from './rate-meter.js';

const REDRAW_MS = 500;
const LINE_MS = 2_000;
const HISTORY = 40;

/** Shows how the run goes, twice a second on a terminal, else in a line every two seconds. */
export class LiveView {
  phase = '';
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #producedRate = new RateMeter();
  readonly #storedRate = new RateMeter();
  readonly #latencySum = new RateMeter();
  readonly #latencyCount = new RateMeter();
  readonly #history: number[] = [];
  #reading: MetricsReading | null = null;
  #isReading = false;
  #hasEnded = false;

  constructor(
    private readonly screen: Screen,
    private readonly run: { producer: LocalProducer; ingester: LocalIngester; goal: number | null },
  ) {
    this.#producedRate.add(0, 0);
    this.#storedRate.add(0, 0);
    this.#timer = setInterval(
      () => {
        if (!this.#isReading) void this.refresh();
      },
      screen.isLive ? REDRAW_MS : LINE_MS,
    );
  }

  /** Reads the numbers anew and shows them. */
  async refresh(): Promise<void> {
    this.#isReading = true;
    try {
      this.#reading = await this.run.ingester.metrics();
    } catch {
      // It is busy or gone: the last numbers stand, and the watch tells when it is gone.
    }
    this.#isReading = false;
    this.#measure();
    if (!this.#hasEnded) this.#show();
  }

  /** Leaves the last state where it is. */
  end(): void {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    if (this.screen.isLive) {
      this.#show();
      this.screen.endLive();
    } else this.screen.say('');
  }

  #show(): void {
    const state = this.#state();
    if (this.screen.isLive)
      this.screen.showLive((columns) => summaryLines(state, this.screen.paint, columns));
    else this.screen.say(summaryLine(state));
  }

  #measure(): void {
    const now = this.#seconds();
    const { report } = this.run.producer;
    this.#producedRate.add(report.acknowledged, report.seconds);
    if (this.#reading === null) return;
    this.#storedRate.add(total(this.#stored()), now);
    this.#latencySum.add(this.#reading.sum('event_to_warehouse_latency_seconds_sum'), now);
    this.#latencyCount.add(this.#reading.sum('event_to_warehouse_latency_seconds_count'), now);
    this.#history.push(this.#storedRate.perSecond);
    if (this.#history.length > HISTORY) this.#history.shift();
  }

  /** Null where no partition's lag is known: none is read, or Kafka does not tell the ends of the logs. */
  #lag(): number | null {
    const lags = this.#reading?.by('kafka_lag', 'partition') ?? new Map<string, number>();
    return lags.size === 0 ? null : total(lags);
  }

  /** At the end, the rate of the whole run. */
  #producedPerSecond(): number {
    const { acknowledged, seconds, done } = this.run.producer.report;
    return done && seconds > 0 ? acknowledged / seconds : this.#producedRate.perSecond;
  }

  #state(): LiveState {
    const { lastBatch, notices } = this.run.ingester.log;
    return {
      seconds: this.#seconds(),
      phase: this.phase,
      goal: this.run.goal,
      produced: this.run.producer.report.acknowledged,
      producedPerSecond: this.#producedPerSecond(),
      stored: this.#stored(),
      storedPerSecond: this.#storedRate.perSecond,
      history: this.#history,
      deadLetters: this.#reading?.by('dlq_messages_total', 'error_type') ?? new Map(),
      skipped: this.#reading?.sum('kafka_events_consumed_total', { status: 'skipped' }) ?? 0,
      lag: this.#lag(),
      lastBatch:
        lastBatch === null
          ? null
          : {
              events: lastBatch.events,
              seconds: lastBatch.seconds,
              agoSeconds: Math.max(0, (Date.now() - lastBatch.atMs) / 1000),
            },
      latencySeconds:
        this.#latencyCount.perSecond > 0 ? this.#latencySum.perSecond / this.#latencyCount.perSecond : null,
      notices,
    };
  }

  #stored(): Map<string, number> {
    return this.#reading?.by('snowflake_events_inserted_total', 'event_type') ?? new Map<string, number>();
  }

  #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }
}
