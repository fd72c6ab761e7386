import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { FaultError, type Fault } from '#pipeline';
import { StartupChecks } from '#service';
import { Settings } from '#settings';
import { warehouseEngine, type DeadLetterStore } from '#warehouse';

/** An unused connection is closed after this time. */
const IDLE_MS = 300_000;

const NOT_STARTED: Fault = {
  class: 'transient',
  code: 'NOT_STARTED',
  message: 'The service has not opened the warehouse yet',
  remedy: null,
};

/**
 * The table of dead letters, for the page. One caller at a time, over a connection of its own: the service's batches do
 * not wait for it. Opened on first use, and closed after a fault or when it is no longer used.
 */
@Injectable()
export class LetterTable implements OnApplicationShutdown {
  #store: DeadLetterStore | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  #isClosing = false;

  constructor(
    private readonly settings: Settings,
    private readonly startup: StartupChecks,
  ) {}

  /** @throws FaultError */
  use<T>(work: (store: DeadLetterStore) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#use(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    await this.#last;
    await this.#close();
  }

  async #use<T>(work: (store: DeadLetterStore) => Promise<T>): Promise<T> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    try {
      return await work(await this.#opened());
    } catch (error) {
      await this.#close();
      throw error;
    } finally {
      this.#idle = setTimeout(() => {
        void this.use(async () => this.#close()).catch(() => undefined);
      }, IDLE_MS).unref();
    }
  }

  async #opened(): Promise<DeadLetterStore> {
    if (this.#store !== null) return this.#store;
    // The service itself opens the warehouse first, and creates what is missing.
    if (this.#isClosing || !this.startup.isPassed) throw new FaultError(NOT_STARTED);
    const store = warehouseEngine(this.settings, 'service').deadLetters;
    const [fault] = await store.open();
    if (fault !== undefined) {
      await store.close();
      throw new FaultError(fault);
    }
    this.#store = store;
    return store;
  }

  async #close(): Promise<void> {
    const store = this.#store;
    this.#store = null;
    if (this.#idle !== null) clearTimeout(this.#idle);
    await store?.close();
  }
}
