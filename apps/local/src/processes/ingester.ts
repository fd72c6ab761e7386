import { PlainError } from '#command-line';
import { eventually, MetricsReading } from '#testing';
import { HttpService } from './http-service.js';
import type { IngesterLog } from './ingester-log.js';
import { shown, type LocalFolder } from '../folder/local-folder.js';
import type { Watch } from './watch.js';

export interface IngesterOptions {
  bootstrapServer: string;
  topic: string;
  group: string;
  port: number;
}

const NAME = 'The ingester';
const READY_TIMEOUT_MS = 120_000;
/** Its own deadline for draining is shorter. */
const STOP_TIMEOUT_MS = 40_000;
const HTTP_TIMEOUT_MS = 2_000;

/** The ingester as a child process, on DuckDB, configured by its environment alone. */
export class LocalIngester {
  private constructor(
    private readonly service: HttpService,
    private readonly folder: LocalFolder,
    private readonly watch: Watch,
  ) {}

  static async launch(
    { bootstrapServer, topic, group, port }: IngesterOptions,
    folder: LocalFolder,
    watch: Watch,
  ): Promise<LocalIngester> {
    const env = {
      KAFKA_BOOTSTRAP_SERVER: bootstrapServer,
      KAFKA_TOPIC_NAME: topic,
      KAFKA_GROUP_ID: group,
      WAREHOUSE: 'duckdb',
      DUCKDB_PATH: folder.warehouse,
      STATUS_PAGE: 'true',
      LOG_FORMAT: 'json',
      // For eyes that watch: the defaults of 5 and 10 s suit a warehouse that bills by the second.
      KAFKA_LAG_INTERVAL_MS: '500',
      BATCH_MAX_WAIT_MS: '1000',
      // After a kill, the next run waits until the group has given up the member that was killed.
      KAFKA_SESSION_TIMEOUT_MS: '10000',
      ...givenSettings(),
    };
    const entry = 'dist/apps/ingester/src/main.js';
    const service = await HttpService.launch({ entry, env, logFile: folder.ingesterLog, port });
    return new LocalIngester(service, folder, watch);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.service.port;
  }

  /** The port that it was to have, if another program has it. */
  get takenPort(): number | null {
    return this.service.takenPort;
  }

  get log(): IngesterLog {
    return this.service.log;
  }

  /** @throws PlainError with what /health says when it does not get ready */
  async ready(): Promise<void> {
    await this.service.listening();
    this.watch.add({
      name: NAME,
      exited: this.service.exited,
      logFile: this.folder.ingesterLog,
      lastLines: () => this.log.lastLines,
    });
    let problems = 'it does not respond';
    try {
      await eventually(
        async () => {
          const isHeld = await this.#isHeld();
          const response = await this.#get('/health');
          problems = problemsOf(await response.text());
          return response.ok || isHeld;
        },
        { timeoutMs: READY_TIMEOUT_MS, describe: 'the ingester is ready' },
      );
    } catch {
      throw new PlainError(
        `${NAME} is not ready after ${READY_TIMEOUT_MS / 1000} s: ${problems}\n\nIts last lines:\n\n` +
          `${this.log.lastLines}\n\nTo start from scratch, remove ${shown(this.folder.data)}.`,
      );
    }
    if (await this.#isHeld()) {
      throw new PlainError(
        `${NAME} has stopped reading: ${problems}\n\nTo start from scratch, remove ${shown(this.folder.data)}.`,
      );
    }
  }

  /** Whether a partition is held, where only somebody's decision helps. */
  async #isHeld(): Promise<boolean> {
    return (await this.metrics()).sum('kafka_partitions_held') > 0;
  }

  async metrics(): Promise<MetricsReading> {
    const response = await this.#get('/metrics');
    return new MetricsReading(await response.text());
  }

  /** Lets it store what it has read, commit and leave the group. */
  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.watch.release(NAME);
    await this.service.stop(timeoutMs);
  }

  #get(path: string): Promise<Response> {
    return fetch(this.url + path, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  }
}

/** What speaks against readiness, from /health; often the same for each partition. */
function problemsOf(health: string): string {
  const { details } = JSON.parse(health) as { details?: Record<string, { problems?: string[] }> };
  const [first = '', ...others] = Object.values(details ?? {}).flatMap(({ problems = [] }) => problems);
  return others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

/** What the caller may set: the batches and the workbench, to try them out, and what to do about a warehouse that is gone. */
function givenSettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) =>
      (/^(BATCH|ADMIN)_/.test(key) || key === 'MISSING_CHECKPOINTS') && value !== undefined
        ? [[key, value]]
        : [],
    ),
  );
}
