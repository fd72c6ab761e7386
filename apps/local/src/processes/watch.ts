import { PlainError } from '#command-line';
import { exitText, type Exit } from '#testing';
import { shown } from '../folder/local-folder.js';

/** A child process as it is watched. */
export interface Watched {
  name: string;
  exited: Promise<Exit>;
  logFile: string;
  lastLines: () => string | Promise<string>;
}

/** Says when a process ends that should not. */
export class Watch {
  readonly #failed = Promise.withResolvers<never>();
  readonly #mayEnd = new Set<string>();

  constructor() {
    // Whoever waits meets the failure; that nobody waits at the moment is no fault.
    this.#failed.promise.catch(() => undefined);
  }

  add({ name, exited, logFile, lastLines }: Watched): void {
    void exited.then(async (exit) => {
      if (this.#mayEnd.has(name)) return;
      this.#failed.reject(
        new PlainError(
          `${name} has ended unexpectedly (${exitText(exit)}). Its last lines:\n\n${await lastLines()}\n\n` +
            `All of them are in ${shown(logFile)}. Nothing is lost: the next npm start continues from here.`,
        ),
      );
    });
  }

  /** From now on this process may end. */
  release(name: string): void {
    this.#mayEnd.add(name);
  }

  /** Resolves to the result of the work; rejects as soon as a watched process ends. */
  async during<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed.promise]);
  }
}
