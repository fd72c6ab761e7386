import type { LoggerService } from '@nestjs/common';

/** Standard output is for results. Warnings and errors that libraries log go to standard error. */
export class StderrLogger implements LoggerService {
  constructor(private readonly stderr: { write(text: string): unknown }) {}

  log(): void {
    // The progress of Nest's own startup is of no interest to whoever runs one command.
  }

  warn(message: unknown): void {
    this.#write(message);
  }

  error(message: unknown): void {
    this.#write(message);
  }

  #write(message: unknown): void {
    this.stderr.write(`${String(message)}\n`);
  }
}
