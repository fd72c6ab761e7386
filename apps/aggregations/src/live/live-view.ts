import { clock, duration, type Screen } from '#terminal';
import type { FlinkCluster } from '../flink/flink-cluster.js';
import type { CheckpointStatus, JobStatus } from '../flink/job-rest.js';
import type { Results } from '../kafka/results.js';
import { resultLine, resultLines } from './result-lines.js';

const REDRAW_MS = 1_000;
const LINE_MS = 5_000;
const ELSEWHERE = 'Results are in PostgreSQL only.';

/** Shows the results, once a second on a terminal, else in a line every five seconds. */
export class LiveView {
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #job: JobStatus | null = null;
  #checkpoints: CheckpointStatus | null = null;
  #failure: string | null = null;
  #isReading = false;

  constructor(
    private readonly screen: Screen,
    private readonly cluster: FlinkCluster,
    /** Null if results are not in topics. */
    private readonly results: Results | null,
  ) {
    this.#timer = setInterval(
      () => {
        if (!this.#isReading) void this.#refresh();
      },
      screen.isLive ? REDRAW_MS : LINE_MS,
    );
  }

  end(): void {
    clearInterval(this.#timer);
    this.#isReading = true;
    if (this.screen.isLive) this.screen.endLive();
  }

  async #refresh(): Promise<void> {
    this.#isReading = true;
    try {
      this.#job = await this.cluster.rest.job();
      if (this.#job !== null) {
        this.#checkpoints = await this.cluster.rest.checkpoints(this.#job.id);
        this.#failure =
          this.#job.state === 'RUNNING' ? null : await this.cluster.rest.lastFailure(this.#job.id);
      }
    } catch {
      // The JobManager starts again; the last figures stand.
    }
    this.#show();
    this.#isReading = false;
  }

  #show(): void {
    if (this.screen.isLive) {
      this.screen.showLive(() => [`  ${this.#status()}   Ctrl-C stops`, '', ...this.#results()]);
    } else this.screen.say(`  ${this.#status()} | ${this.#summary()}`);
  }

  #results(): string[] {
    const { results } = this;
    if (results === null) return [`  ${ELSEWHERE}`];
    return resultLines(
      results.rows('revenue_by_hour'),
      results.rows('net_stock'),
      results.rows('low_stock'),
      this.screen.paint,
    );
  }

  #summary(): string {
    const { results } = this;
    return results === null
      ? ELSEWHERE
      : resultLine(results.rows('revenue_by_hour'), results.rows('net_stock'));
  }

  /** `0:42  Flink: RUNNING, checkpoint 3 s ago (1.2 MB)` */
  #status(): string {
    const latest = this.#checkpoints?.latest ?? null;
    const checkpoint =
      latest === null
        ? 'no checkpoint yet'
        : `checkpoint ${duration(Math.max(0, Date.now() - latest.atMs) / 1000)} ago (${(latest.bytes / 1e6).toFixed(1)} MB)`;
    const { restarts } = this.cluster;
    const restarted = restarts === 0 ? '' : `, ${restarts} restart${restarts === 1 ? '' : 's'}`;
    const failure = this.#failure === null ? '' : ` (${this.#failure})`;
    return `${clock((performance.now() - this.#startedAt) / 1000)}  Flink: ${this.#job?.state ?? 'starting'}${failure}, ${checkpoint}${restarted}`;
  }
}
