import { FaultError, type StoredRow } from '#pipeline';
import type { Claim } from '../../snowflake/verify/claim.js';
import { must } from '../../snowflake/verify/must.js';
import type { Scratch } from '../../snowflake/verify/scratch.js';
import { Channel, type Chunk } from '../channels/channel.js';
import { channelName, PIPES } from '../channels/channel-names.js';
import { CommitWatch } from '../channels/commit-watch.js';
import { packed } from '../channels/compressed-lines.js';
import { StreamingClient } from '../rest/streaming-client.js';
import { StreamingError, toFault } from '../rest/streaming-error.js';
import { StreamingRepository } from '../writing/streaming-repository.js';
import { EventLines } from '../writing/event-lines.js';

/** The environment of one claim about Snowpipe Streaming: channels for rows, used as the service uses them. */
export class StreamScratch {
  readonly client: StreamingClient;
  readonly #watch: CommitWatch;

  constructor(readonly scratch: Scratch) {
    this.client = new StreamingClient(scratch.options);
    this.#watch = new CommitWatch(this.client, scratch.options.requestTimeoutMs);
  }

  /** The topic's channel for rows, opened by one more owner. */
  async channel(): Promise<Channel> {
    const { topic, options } = this.scratch;
    const name = channelName(options.consumerGroup, { topic, partition: 0 }, 1);
    const channel = new Channel(this.client, PIPES.events, name, 0);
    await channel.open();
    return channel;
  }

  async append(
    channel: Channel,
    rows: readonly StoredRow[],
    text = String(lastOffset(rows)),
  ): Promise<number> {
    return channel.append(await chunkOf(rows), text);
  }

  /** Appends, and waits until the rows are committed. Returns the seconds that this took. */
  async store(channel: Channel, rows: readonly StoredRow[], text?: string): Promise<number> {
    const startedAt = performance.now();
    const append = await this.append(channel, rows, text);
    await this.#watch.committed([{ channel, append }]);
    return (performance.now() - startedAt) / 1000;
  }

  /** The offsets of the topic's rows that a query sees now. */
  async offsets(): Promise<number[]> {
    const rows = await this.scratch.events();
    return rows.map((row) => (row['EVENT_METADATA'] as { offset: number }).offset);
  }

  /** The service's own repository, as owner of partition 0. The caller closes it. */
  async owner(): Promise<StreamingRepository> {
    const repository = new StreamingRepository({ ...this.scratch.options, fencePauseMs: 0 });
    const [fault] = await repository.open();
    if (fault !== undefined) throw new FaultError(fault);
    await repository.claim([{ topic: this.scratch.topic, partition: 0, startOffset: 0 }]);
    return repository;
  }
}

/** A claim about Snowpipe Streaming, which only our endpoint has shown. */
export function streamingClaim(
  claim: Omit<Claim, 'run' | 'shownBy' | 'ifBroken'> & {
    ifBroken: string;
    run: (stream: StreamScratch) => Promise<string>;
  },
): Claim {
  return {
    ...claim,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      try {
        return await claim.run(new StreamScratch(scratch));
      } catch (error) {
        throw error instanceof StreamingError ? new FaultError(toFault(error)) : error;
      }
    },
  };
}

export async function chunkOf(rows: readonly StoredRow[]): Promise<Chunk> {
  const chunks: Chunk[] = [];
  for await (const { chunk, bytes } of packed(new EventLines(rows))) {
    must(chunk !== null, `a request of ${bytes} bytes is larger than the service sends`);
    chunks.push(chunk);
  }
  const [only, ...more] = chunks;
  must(only !== undefined && more.length === 0, `${rows.length} rows fill ${chunks.length} requests`);
  return only;
}

function lastOffset(rows: readonly StoredRow[]): number {
  return rows.reduce((last, { message }) => Math.max(last, message.offset), -1);
}
