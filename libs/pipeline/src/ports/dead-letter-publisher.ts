import type { Fault } from '../model/fault.js';
import type { DeadLetter } from '../model/outcome.js';

/** The dead-letter topic, as the pipeline sees it. */
export abstract class DeadLetterPublisher {
  /**
   * Sends the letters and waits until all in-sync replicas have them. Answers the fault if any of them is not
   * acknowledged; sending all of them again is safe (the topic may hold a letter twice, never none).
   * Does not throw.
   */
  abstract publish(letters: readonly DeadLetter[]): Promise<Fault | null>;
}
