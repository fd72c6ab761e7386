import { Injectable } from '@nestjs/common';
import { Interruption } from '../../commands/interruption.js';
import { OperatorContext } from '../../context.js';
import { ProgressBar } from '../../output/progress-bar.js';
import { Terminal } from '../../output/terminal.js';
import { Pace } from './pace.js';

export interface RunOptions {
  pace: Pace;
  /** Whether a signal has asked to end the run after what was read is written. */
  isStopped: () => boolean;
  stop: AbortSignal;
  /** Called with the number of offsets of each batch that is written. */
  settled: (offsets: number) => void;
  /** Called with a fault that delays the run, whenever it is tried again. */
  delayed: (text: string) => void;
}

/** A run that shows its progress, keeps to a rate, and ends early after a signal. */
@Injectable()
export class ReplayRun {
  constructor(
    private readonly context: OperatorContext,
    private readonly terminal: Terminal,
  ) {}

  /** @param offsets the number of offsets that `work` settles */
  async during<Result>(
    offsets: number,
    rate: number,
    work: (options: RunOptions) => Promise<Result>,
  ): Promise<Result> {
    const interruption = new Interruption(this.context.signals);
    const bar = new ProgressBar(offsets, this.terminal.stderr);
    const { signal: stop } = interruption;
    let done = 0;
    try {
      return await work({
        stop,
        isStopped: () => stop.aborted,
        pace: new Pace(rate, stop),
        settled: (settled) => {
          bar.show((done += settled));
        },
        delayed: (text) => {
          bar.clear();
          this.terminal.note(`${text}. Trying again.`);
        },
      });
    } finally {
      bar.clear();
      interruption.stopListening();
    }
  }
}
