import type { SimulatedProcess } from '../time/simulated-process.js';
import { theWorld } from '../time/world.js';
import type { Conditions } from './conditions.js';

/** The outcome of a request, as its sender knows it. */
export type Answer<T> = { isLost: false; value: T } | { isLost: true; code: string };

export const TIMEOUT_MS = 20_000;
const LATEST_MS = 60_000;
const RESET_MS = 5;

/** One request to the warehouse. It, or its response, may be lost; it may arrive late. */
export class Request {
  constructor(
    private readonly what: string,
    private readonly process: SimulatedProcess | null,
    private readonly conditions: Conditions,
    /** Null if the caller has its own timeout. */
    private readonly timeoutMs: number | null,
  ) {}

  /** @param run executes the request and replies */
  ask<T>(run: (reply: (value: T) => void) => void): Promise<Answer<T>> {
    const world = theWorld();
    const { random } = world;
    const { promise, resolve } = Promise.withResolvers<Answer<T>>();
    const settle = (answer: Answer<T>) => {
      if (timeout !== null) timeout.isCancelled = true;
      resolve(answer);
    };
    const lose = (ms: number, code: string) => {
      world.after(
        ms,
        () => {
          settle({ isLost: true, code });
        },
        this.process,
      );
    };
    const giveUp = () => {
      resolve({ isLost: true, code: 'TIMEOUT' });
    };
    const timeout = this.timeoutMs === null ? null : world.after(this.timeoutMs, giveUp, this.process);
    // The connection breaks, or delivers nothing any more until the timeout ends it.
    const breakOff = (what: string) => {
      world.tell(`${this.what}: ${what} is lost`);
      if (random.chance(0.5)) lose(RESET_MS, 'ECONNRESET');
    };
    if (random.chance(this.conditions.lostRequests)) {
      breakOff('the request');
      return promise;
    }
    const reply = (value: T) => {
      if (random.chance(this.conditions.lostAnswers)) breakOff('the answer');
      else
        world.after(
          this.#latency(),
          () => {
            settle({ isLost: false, value });
          },
          this.process,
        );
    };
    if (random.chance(this.conditions.doubledRequests))
      this.#again(() => {
        // Nobody receives the second response.
        run(() => undefined);
      });
    const lateMs = random.chance(this.conditions.lateRequests) ? random.next() * LATEST_MS : 0;
    world.after(
      lateMs + this.#latency(),
      () => {
        if (this.conditions.isDown) lose(this.#latency(), 'HTTP_503');
        else
          world.as(null, () => {
            run(reply);
          });
      },
      null,
    );
    return promise;
  }

  #again(run: () => void): void {
    const world = theWorld();
    world.tell(`${this.what}: the request is doubled`);
    world.after(
      world.random.next() * LATEST_MS,
      () => {
        if (!this.conditions.isDown) world.as(null, run);
      },
      null,
    );
  }

  #latency(): number {
    const { random } = theWorld();
    const { slowMs } = this.conditions;
    return 2 + random.next() * 20 + (slowMs > 0 ? random.exponential(slowMs) : 0);
  }
}
