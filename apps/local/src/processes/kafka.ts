import { PlainError } from '#command-line';
import { type Screen, total } from '#terminal';
import {
  createTopic,
  freePort,
  groupOffsets,
  KafkaBroker,
  KafkaPortTaken,
  KafkaUnavailable,
  logEnds,
  mustFetchKafka,
} from '#testing';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalFolder } from '../folder/local-folder.js';
import type { Watch } from './watch.js';

export const TOPIC = 'sales_events';
export const PARTITIONS = 6;
export const GROUP = 'snowflake-ingestion-les-caves-albert-v1';
const DEAD_LETTER_TOPIC = `${TOPIC}_dlq`;

const NAME = 'The Kafka broker';
const POLL_MS = 250;
const STALLED_MS = 30_000;

/** The broker of the local run: an own one, or one that was given. */
export class LocalKafka {
  private constructor(
    readonly bootstrapServer: string,
    private readonly broker: KafkaBroker | null,
    private readonly watch: Watch,
    /** The port that the broker was to have, if another program has it. */
    readonly takenPort: number | null = null,
  ) {}

  /** @throws PlainError when there is no broker to be had */
  static async start(
    folder: LocalFolder,
    given: string | null,
    { screen, watch }: { screen: Screen; watch: Watch },
  ): Promise<LocalKafka> {
    if (given !== null) return new LocalKafka(given, null, watch);
    try {
      const what = mustFetchKafka() ? 'Fetching (once) and starting' : 'Starting';
      const wanted = folder.brokerPort;
      const broker = await screen.step(`${what} Apache Kafka`, startBroker(folder));
      const { exited, logFile } = broker;
      watch.add({ name: NAME, exited, logFile, lastLines: () => broker.lastLogLines() });
      return new LocalKafka(
        broker.bootstrapServer,
        broker,
        watch,
        folder.brokerPort === wanted ? null : wanted,
      );
    } catch (error) {
      if (error instanceof KafkaUnavailable) throw new PlainError(error.message);
      throw new PlainError(error instanceof Error ? error.message : String(error));
    }
  }

  async createTopics(): Promise<void> {
    try {
      await createTopic(this.bootstrapServer, TOPIC, { partitions: PARTITIONS });
      await createTopic(this.bootstrapServer, DEAD_LETTER_TOPIC, { partitions: 1 });
    } catch (error) {
      throw new PlainError(
        `The topics could not be created on ${this.bootstrapServer}: ${(error as Error).message}\n` +
          (this.broker === null ? 'Check KAFKA_BOOTSTRAP_SERVER, and that the broker runs.' : ''),
      );
    }
  }

  /**
   * Waits until a group has settled all that is in the topic now: it commits offsets only after that. Goes on
   * without an error when nothing moves any more: the ledger tells what is left.
   */
  async caughtUp(group = GROUP): Promise<void> {
    const ends = await logEnds(this.bootstrapServer, TOPIC);
    let least = Infinity;
    let movedAt = performance.now();
    while (least > 0 && performance.now() - movedAt < STALLED_MS) {
      const committed = await groupOffsets(this.bootstrapServer, group, TOPIC);
      const left = total(
        new Map(
          [...ends].map(([partition, end]) => [
            partition,
            Math.max(0, end - (committed.get(partition) ?? 0)),
          ]),
        ),
      );
      if (left < least) movedAt = performance.now();
      least = left;
      if (left > 0) await delay(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    this.watch.release(NAME);
    await this.broker?.stop();
  }
}

/** On the port of the run before, or Kafka's usual one, or on any where that is taken. */
async function startBroker(folder: LocalFolder): Promise<KafkaBroker> {
  const { brokerData: dataDir, brokerPort: wanted } = folder;
  const start = async (port: number) => {
    const broker = await KafkaBroker.start({ dataDir, port });
    folder.brokerPort = port;
    return broker;
  };
  try {
    return await start(await freePort(wanted));
  } catch (error) {
    // Another program was faster.
    if (error instanceof KafkaPortTaken) return start(await freePort());
    throw error;
  }
}
