import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#testing';
import { Ingester } from './ingester.js';

/** How long a supervisor waits before it starts a process again that ended by itself. */
const RESTART_MS = 1_000;

export interface FleetFigures {
  /** Processes that were started after the first ones. */
  restarts: number;
  /** Batches that the warehouse refused in part because another owner had moved a checkpoint. */
  staleWrites: number;
  /** SIGTERMs after which not all could be stored in time: the outage was longer. */
  undrained: number;
}

/** The ingesters of a run by their numbers, kept running as a supervisor would. */
export class Fleet {
  readonly figures: FleetFigures = { restarts: 0, staleWrites: 0, undrained: 0 };
  /** Processes that ended by themselves, a sentence each. */
  readonly problems: string[] = [];
  readonly #ingesters = new Map<number, Ingester>();
  readonly #logs = new Map<number, WriteStream>();
  #isClosing = false;

  /** @param folder where each ingester's log goes */
  constructor(
    private readonly env: Readonly<Record<string, string>>,
    private readonly folder: string,
  ) {}

  get running(): Ingester[] {
    return [...this.#ingesters.values()];
  }

  get(number: number): Ingester | undefined {
    return this.#ingesters.get(number);
  }

  async areReady(): Promise<boolean> {
    return (await Promise.all(this.running.map((ingester) => ingester.isReady()))).every(Boolean);
  }

  async start(number: number): Promise<void> {
    if (this.#isClosing) return;
    if (this.#logs.has(number)) this.figures.restarts += 1;
    const log = this.#logs.get(number) ?? createWriteStream(join(this.folder, `ingester-${number}.log`));
    this.#logs.set(number, log);
    const ingester = new Ingester(
      await freePort(),
      this.env,
      (line) => {
        log.write(`${line}\n`);
        if (line.includes('"event":"checkpoint_stale"')) this.figures.staleWrites += 1;
      },
      (how) => void this.#endedByItself(number, ingester, how),
    );
    this.#ingesters.set(number, ingester);
  }

  async kill(number: number): Promise<void> {
    const ingester = this.#taken(number);
    await ingester?.kill();
  }

  /** Waits for the end. */
  async terminate(number: number): Promise<void> {
    const ingester = this.#taken(number);
    const exit = await ingester?.terminate();
    if (exit === undefined || exit.code === 0) return;
    this.figures.undrained += 1;
    if (exit.code !== 1 && ingester?.hasSpoken === true)
      this.problems.push(`Ingester ${number} answered SIGTERM with ${JSON.stringify(exit)}.`);
  }

  /** Stops all of them, in an orderly way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#ingesters.keys()].map((number) => this.terminate(number)));
    for (const log of this.#logs.values()) log.end();
  }

  /** Ends all of them at once. */
  async killAll(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#ingesters.keys()].map((number) => this.kill(number)));
  }

  #taken(number: number): Ingester | undefined {
    const ingester = this.#ingesters.get(number);
    this.#ingesters.delete(number);
    return ingester;
  }

  async #endedByItself(number: number, ingester: Ingester, how: string): Promise<void> {
    this.problems.push(`Ingester ${number} ended by itself (${how}).`);
    if (this.#ingesters.get(number) !== ingester) return;
    this.#ingesters.delete(number);
    await sleep(RESTART_MS);
    if (!this.#ingesters.has(number)) await this.start(number);
  }
}
