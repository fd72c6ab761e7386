import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { EventQueue } from './event-queue.js';
import { Random } from './random.js';
import type { ScheduledEvent, SimulatedProcess } from './simulated-process.js';

/** The start of virtual time, in epoch milliseconds. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** More events than this without a tick of the clock are an endless loop. */
const MOST_EVENTS_AT_ONCE = 20_000;

const STEP_MS = 1_000;

/** The original one, before take-control.ts replaces it. */
const turn = globalThis.setImmediate;
const running = new AsyncLocalStorage<SimulatedProcess | null>();
let current: World | null = null;

/** The current world. */
export function theWorld(): World {
  if (current === null) throw new Error('nothing is simulated');
  return current;
}

export function theWorldIfAny(): World | null {
  return current;
}

/** Creates a world and makes it the current one. */
export function createWorld(seed: number, onLine: Line | null = null): World {
  current = new World(seed, onLine);
  return current;
}

export type Line = (line: string) => void;

/**
 * One thread, one seed, one event queue: virtual time jumps from event to event. Between two events the real event loop
 * turns once, so that all reactions to promises of the first one run before the second one happens.
 */
export class World {
  /** Milliseconds of virtual time. */
  now = 0;
  /** The number of events that happened. */
  events = 0;
  /** The first broken promise, in words. */
  violation: string | null = null;
  uuids = 0;
  readonly random: Random;
  /** The random numbers of the product. */
  readonly productRandom: Random;
  readonly #queue = new EventQueue();
  readonly #trace = createHash('sha256');
  #sequence = 0;
  #eventsAtOnce = 0;

  /** @param onLine receives every line of the story */
  constructor(
    readonly seed: number,
    private readonly onLine: Line | null,
  ) {
    this.random = new Random(seed);
    this.productRandom = new Random(seed ^ 0x5bd1e995);
  }

  get isBroken(): boolean {
    return this.violation !== null;
  }

  /** The current process. */
  get process(): SimulatedProcess | null {
    return running.getStore() ?? null;
  }

  /** The wall clock of the current process. */
  timeOfDay(): number {
    return Math.floor(EPOCH_MS + this.now + (this.process?.clockOffsetMs ?? 0));
  }

  /** Runs the work as another process, or as none. */
  as<T>(process: SimulatedProcess | null, work: () => T): T {
    return running.run(process, work);
  }

  after(delayMs: number, happen: () => void, process = this.process): ScheduledEvent {
    const at = this.now + Math.max(0, delayMs);
    const event = { at, sequence: this.#sequence, process, isCancelled: false, happen };
    this.#sequence += 1;
    this.#queue.add(event);
    return event;
  }

  sleep(ms: number, process = this.process): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after(ms, resolve, process);
    return promise;
  }

  /** Lets a frozen process continue: its deferred events happen now, in order. */
  thaw(process: SimulatedProcess): void {
    process.isFrozen = false;
    for (const event of process.deferred.splice(0)) {
      event.at = this.now;
      this.#queue.add(event);
    }
  }

  /** Adds a line to the story. All lines together are the trace, which depends only on the seed. */
  tell(what: string): void {
    const line = `${timeText(this.now)}  ${(this.process?.name ?? '').padEnd(6)} ${what}`;
    this.#trace.update(`${line}\n`);
    this.onLine?.(line);
  }

  fail(why: string): void {
    if (this.violation !== null) return;
    this.violation = why;
    this.tell(`BROKEN: ${why}`);
  }

  /** The hash of the story so far. */
  digest(): string {
    return this.#trace.copy().digest('hex').slice(0, 16);
  }

  /** Lets time pass until a promise has settled. */
  async runUntil(promise: Promise<unknown>): Promise<void> {
    const waiting = { isOver: false };
    void promise.finally(() => (waiting.isOver = true));
    while (!waiting.isOver && !this.isBroken) await this.run(this.now + STEP_MS);
  }

  /** Runs events up to this time, or until a promise is broken. */
  run(untilMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const step = () => {
      try {
        if (this.#happenNext(untilMs)) turn(step);
        else resolve();
      } catch (error) {
        reject(error);
      }
    };
    turn(step);
    return promise;
  }

  #happenNext(untilMs: number): boolean {
    for (;;) {
      if (this.violation !== null) return false;
      const { next } = this.#queue;
      if (next === undefined || next.at > untilMs) {
        this.now = untilMs;
        return false;
      }
      this.#queue.take();
      if (next.isCancelled || next.process?.isDead === true) continue;
      if (next.process?.isFrozen === true) {
        next.process.deferred.push(next);
        continue;
      }
      this.#advance(next);
      this.as(next.process, next.happen);
      return true;
    }
  }

  #advance({ at, process }: ScheduledEvent): void {
    this.events += 1;
    if (at <= this.now) this.#eventsAtOnce += 1;
    else this.#eventsAtOnce = 0;
    this.now = Math.max(at, this.now);
    if (this.#eventsAtOnce > MOST_EVENTS_AT_ONCE) {
      this.fail(
        `${process?.name ?? 'the world'} does ${MOST_EVENTS_AT_ONCE} things without waiting for anything`,
      );
    }
  }
}

/** `1:02:03.456` */
export function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return `${hours}:${two(minutes)}:${two(seconds % 60)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
}
