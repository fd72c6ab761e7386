import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { loadSettings, type Settings } from '#settings';
import { deadLetterStore, type DeadLetterStore } from '#warehouse';
import { OperationError } from './failures.js';

/** What commands work with, opened when a command first asks for it: help needs no configuration. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  #settings: Settings | null = null;
  #deadLetters: DeadLetterStore | null = null;

  /** @throws SettingsError */
  get settings(): Settings {
    this.#settings ??= loadSettings(process.env).settings;
    return this.#settings;
  }

  /** @throws SettingsError, OperationError */
  async deadLetters(): Promise<DeadLetterStore> {
    if (this.#deadLetters !== null) return this.#deadLetters;
    this.#deadLetters = deadLetterStore(this.settings);
    const faults = await this.#deadLetters.open();
    if (faults.length > 0) throw OperationError.of(faults);
    return this.#deadLetters;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#deadLetters?.close();
  }
}
