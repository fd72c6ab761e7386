import type { Checkpoint } from '#pipeline';
import type { FaultRule } from '#snowflake-endpoint';
import { INGESTION_CHECKPOINTS, STREAMING_CHECKPOINTS } from '#warehouse';
import { startSnowflakeEndpoint, STREAMING_ENV, type EndpointProcess } from './snowflake-endpoint.js';
import { toCheckpoint, type Row } from './rows.js';
import type { BenchWarehouse } from './warehouse.js';

/** Snowflake's are 5 minutes, 60 s and 150 s; a run that is to meet them often has no time for that. */
const IDLE_ABORT_MS = 8_000;
const LOCK_TIMEOUT_S = 5;
const REQUEST_TIMEOUT_MS = 8_000;
/** Seconds at Snowflake. */
const COMMIT_DELAY_MS = 300;

/** The protocol endpoint, which many ingesters share. A request that comes twice is run twice. */
export class SnowflakeWarehouse implements BenchWarehouse {
  readonly isShared = true;
  readonly env: Readonly<Record<string, string>>;

  private constructor(
    private readonly endpoint: EndpointProcess,
    private readonly ingest: 'sql' | 'streaming',
  ) {
    this.env = {
      ...endpoint.env,
      ...(ingest === 'streaming' ? STREAMING_ENV : {}),
      SNOWFLAKE_LOCK_TIMEOUT_SECONDS: String(LOCK_TIMEOUT_S),
      SNOWFLAKE_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    };
  }

  /** @param afterWait what an UPDATE that waited for a lock looks at: Snowflake's documentation does not say */
  static async start(
    afterWait: 'reevaluate' | 'statement-start',
    ingest: 'sql' | 'streaming' = 'sql',
  ): Promise<SnowflakeWarehouse> {
    const settings = {
      IDLE_ABORT_MS: String(IDLE_ABORT_MS),
      RESENDS: 'run-both',
      AFTER_WAIT: afterWait,
      COMMIT_DELAY_MS: String(COMMIT_DELAY_MS),
    };
    const endpoint = await startSnowflakeEndpoint(settings, { streaming: ingest === 'streaming' });
    return new SnowflakeWarehouse(endpoint, ingest);
  }

  async setFault(rule: FaultRule): Promise<void> {
    await this.#control('POST', '/__faults', rule);
  }

  async clearFaults(): Promise<void> {
    await this.#control('DELETE', '/__faults');
  }

  /** @param holdMs how long each statement takes */
  async slowDown(holdMs: number): Promise<void> {
    await this.#control('POST', '/__settings', { holdMs });
  }

  /** Of Snowpipe Streaming: all channels, and rows that are not committed are lost. */
  async invalidateChannels(): Promise<void> {
    await this.#control('POST', '/__streaming/invalidate');
  }

  async withholdCommits(isWithheld: boolean): Promise<void> {
    await this.#control('POST', '/__streaming', { commitDelayMs: isWithheld ? null : COMMIT_DELAY_MS });
    if (!isWithheld) await this.#control('POST', '/__streaming/commit');
  }

  async checkpoints(): Promise<Checkpoint[]> {
    const name = this.ingest === 'streaming' ? STREAMING_CHECKPOINTS : INGESTION_CHECKPOINTS.name;
    // The checkpoints' lock is a row without a group.
    const rows = await this.endpoint.query(`SELECT * FROM ${name} WHERE CONSUMER_GROUP <> ''`);
    return rows.map(toCheckpoint);
  }

  async *table(name: string): AsyncIterable<Row> {
    const { body } = await fetch(`${this.endpoint.url}/__table?name=${name}`);
    if (body === null) throw new Error(`The Snowflake endpoint returned no rows of ${name}`);
    for await (const line of linesOf(body)) yield JSON.parse(line) as Row;
  }

  async close(): Promise<void> {
    await this.endpoint.close();
  }

  async #control(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(this.endpoint.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`The Snowflake endpoint refuses ${path}: ${await response.text()}`);
  }
}

/** Ends lines at line feeds only: readline ends them at U+2028 too, which may stand inside a JSON text. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let pieces: string[] = [];
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const [end = '', ...others] = text.split('\n');
    pieces.push(end);
    for (const next of others) {
      const line = pieces.join('');
      if (line !== '') yield line;
      pieces = [next];
    }
  }
  const last = pieces.join('');
  if (last !== '') yield last;
}
