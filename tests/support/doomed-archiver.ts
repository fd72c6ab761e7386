import { setImmediate as otherWork } from 'node:timers/promises';
import { LakeRepository, RecordEncoder } from '#apps/archiver';
import { Lake, type ListedObject, type ObjectStore } from '#lake';
import {
  FaultError,
  IngestionPipeline,
  partitionName,
  type CommittedPosition,
  type EventSource,
  type EventSourceListener,
  type LogBounds,
  type Position,
  type TopicPartition,
} from '#pipeline';
import { RecordingObserver } from '#testing';
import type { Random } from '#traffic';
import type { NumberedLog } from './numbered-log.js';

/** What became of the archivers of a run. */
export interface Strikes {
  kills: number;
  /** Kills after the store had done what it was asked, so that only the response was lost. */
  lostResponses: number;
  cuts: number;
  zombies: number;
  /** Objects that another archiver had written first. */
  superseded: number;
}

export interface Doom {
  /** The number of the store request at which the archiver ends. */
  atRequest: number;
  /** Whether that request still reaches the store. */
  isApplied: boolean;
}

const CUT_SHARE = 0.01;
const CUT = { class: 'transient', code: 'ECONNRESET', message: 'cut', remedy: null } as const;
const MAX_WAIT_MS = 50;
const MAX_BYTES = 1_000_000;
const FETCH = 400;

/** A store whose caller ends at a request: from there on it never gets a response. Some connections are cut before. */
class DoomedStore implements ObjectStore {
  #requests = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly random: Random,
    private readonly doom: Doom | null,
    private readonly strikes: Strikes,
    private readonly onEnd: () => void,
  ) {}

  get location() {
    return this.store.location;
  }

  check = () => this.store.check();
  put = (key: string, content: Buffer, metadata: Readonly<Record<string, string>>) =>
    this.#request(() => this.store.put(key, content, metadata));
  last = (prefix: string): Promise<ListedObject | null> => this.#request(() => this.store.last(prefix));
  tail = (key: string, bytes: number) => this.#request(() => this.store.tail(key, bytes));
  list = (prefix: string) => this.store.list(prefix);
  read = (key: string) => this.store.read(key);
  close = async () => undefined;

  async #request<Result>(act: () => Promise<Result>): Promise<Result> {
    this.#requests += 1;
    const { atRequest, isApplied } = this.doom ?? { atRequest: Infinity, isApplied: false };
    if (this.#requests > atRequest) return never();
    if (this.#requests === atRequest) {
      if (isApplied) await act().catch(() => undefined);
      this.strikes.kills += 1;
      if (isApplied) this.strikes.lostResponses += 1;
      this.onEnd();
      return never();
    }
    if (!this.random.chance(CUT_SHARE)) return act();
    this.strikes.cuts += 1;
    if (this.random.chance(0.5)) await act();
    throw new FaultError(CUT);
  }
}

/** Not one for all, which would keep in memory what waits for it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What the group has committed; all archivers of a run share it. */
export type Committed = Map<string, CommittedPosition>;

/** The pipeline of the archiver on a {@link NumberedLog}: it reads all partitions, until its end at a store request. */
export class DoomedArchiver implements EventSource {
  readonly ended: Promise<void>;
  private isOver = false;
  private readonly strikes: Strikes;
  readonly #positions = new Map<number, number>();
  readonly #paused = new Set<number>();
  readonly #pipeline: IngestionPipeline;
  readonly #observer = new RecordingObserver();
  #listener: EventSourceListener | null = null;

  constructor(
    private readonly log: NumberedLog,
    store: ObjectStore,
    private readonly committedPositions: Committed,
    batchRecords: number,
    { random, doom, strikes }: { random: Random; doom: Doom | null; strikes: Strikes },
  ) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ended = promise;
    this.strikes = strikes;
    const doomed = new DoomedStore(store, random, doom, strikes, () => {
      resolve(undefined);
      this.abandon();
    });
    const repository = new LakeRepository(new Lake(doomed), () => undefined);
    this.#pipeline = new IngestionPipeline(
      this,
      new RecordEncoder(),
      repository,
      { publish: async () => null },
      this.#observer,
      { minEvents: batchRecords, maxEvents: batchRecords, maxWaitMs: MAX_WAIT_MS, maxBytes: MAX_BYTES },
    );
  }

  /** Reads until the archiver ends. */
  async run(): Promise<void> {
    this.#pipeline.start();
    this.#listener?.assigned(this.#partitions());
    while (!this.isOver) {
      for (const { partition, topic } of this.#partitions()) {
        const offset = this.#positions.get(partition);
        if (offset === undefined || offset >= this.log.end || this.#paused.has(partition)) continue;
        const fetched = {
          ...this.log.fetch({ topic, partition, offset }, FETCH),
          heartbeat: async () => undefined,
          resolve: () => {
            this.#positions.set(partition, fetched.nextOffset);
          },
        };
        await Promise.race([this.#pipeline.accept(fetched), this.ended]);
      }
      const { failure, blocked } = this.#pipeline.status();
      if (failure !== null || blocked.length > 0) throw new Error(failure ?? blocked[0]?.message);
      await otherWork();
    }
  }

  /** Ends its timers. It writes no more, as its store does not respond. */
  abandon(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.strikes.superseded += this.#observer.calls.checkpointStale.length;
    void this.#pipeline.drain();
  }

  listen(listener: EventSourceListener): void {
    this.#listener = listener;
  }

  pause(partitions: TopicPartition[]): void {
    for (const { partition } of partitions) this.#paused.add(partition);
  }

  resume(partitions: TopicPartition[]): void {
    for (const { partition } of partitions) this.#paused.delete(partition);
  }

  seek({ partition, offset }: Position): void {
    this.#positions.set(partition, offset);
  }

  async bounds(partitions: TopicPartition[]): Promise<LogBounds[]> {
    return partitions.map((at) => ({ ...at, low: 0, stable: this.log.end, high: this.log.end }));
  }

  async producerOf(): Promise<null> {
    return null;
  }

  async committed(partitions: TopicPartition[]): Promise<CommittedPosition[]> {
    return partitions.flatMap((at) => this.committedPositions.get(partitionName(at)) ?? []);
  }

  async commit(positions: CommittedPosition[]): Promise<void> {
    if (this.isOver) return;
    for (const position of positions) this.committedPositions.set(partitionName(position), position);
  }

  #partitions(): TopicPartition[] {
    const { topic, partitions } = this.log;
    return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  }
}
