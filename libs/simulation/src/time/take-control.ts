import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { ScheduledEvent } from './simulated-process.js';
import { theWorld, theWorldIfAny } from './world.js';

/*
 * Replaces the clocks, timers and random numbers of this process with those of the simulated world. Import this before any
 * code of the product or its dependencies, many of which keep what they import. eslint.config.mjs makes sure that product
 * code uses no others.
 */

const real = {
  Date,
  random: Math.random,
  now: performance.now.bind(performance),
  randomUUID: crypto.randomUUID,
};

/** Milliseconds of real time. */
export const realNow = real.now;

/** The result of setTimeout, as far as it is used. */
class SimulatedTimer {
  constructor(public event: ScheduledEvent) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.toPrimitive](): number {
    return this.event.sequence;
  }
}

type Callback = (...args: unknown[]) => void;

function setTimer(callback: Callback, ms = 0, ...args: unknown[]): SimulatedTimer {
  const delay = Number.isFinite(ms) ? Math.max(1, ms) : 1;
  return new SimulatedTimer(
    theWorld().after(delay, () => {
      callback(...args);
    }),
  );
}

function clearTimer(timer: unknown): void {
  if (timer instanceof SimulatedTimer) timer.event.isCancelled = true;
}

function giveWay(callback: Callback, ...args: unknown[]): SimulatedTimer {
  return new SimulatedTimer(
    theWorld().after(0, () => {
      callback(...args);
    }),
  );
}

function repeat(callback: Callback, ms = 0, ...args: unknown[]): SimulatedTimer {
  const timer = setTimer(again, ms);
  return timer;

  function again(): void {
    timer.event = setTimer(again, ms).event;
    callback(...args);
  }
}

function delay<T>(ms?: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const stop = () => {
    clearTimer(timer);
    reject(new DOMException('The operation was aborted', 'AbortError'));
  };
  const timer = setTimer(() => {
    signal?.removeEventListener('abort', stop);
    resolve(value);
  }, ms);
  if (signal?.aborted === true) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return promise;
}

function timeOfDay(): number {
  return theWorldIfAny()?.timeOfDay() ?? real.Date.now();
}

const SimulatedDate = new Proxy(real.Date, {
  construct: (date, args, target) =>
    Reflect.construct(date, args.length === 0 ? [timeOfDay()] : args, target) as object,
  get: (date, name) => (name === 'now' ? timeOfDay : (Reflect.get(date, name) as unknown)),
});

function uuid(): string {
  const world = theWorldIfAny();
  if (world === null) return real.randomUUID();
  world.uuids += 1;
  return `00000000-0000-4000-8000-${String(world.uuids).padStart(12, '0')}`;
}

Object.assign(globalThis, {
  Date: SimulatedDate,
  setTimeout: setTimer,
  clearTimeout: clearTimer,
  setInterval: repeat,
  clearInterval: clearTimer,
  setImmediate: giveWay,
  clearImmediate: clearTimer,
});
Object.assign(performance, { now: () => theWorldIfAny()?.now ?? real.now() });
Object.assign(Math, { random: () => theWorldIfAny()?.productRandom.next() ?? real.random() });
Object.assign(crypto, { randomUUID: uuid });
Object.assign(timersPromises, {
  setTimeout: delay,
  setImmediate: <T>(value?: T) => {
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    giveWay(() => {
      resolve(value);
    });
    return promise;
  },
});
// Also updates `import { setTimeout } from 'node:timers/promises'`.
syncBuiltinESMExports();
