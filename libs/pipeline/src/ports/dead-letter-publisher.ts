import type { Fault } from '../model/fault.js';
import type { DeadLetter } from '../model/outcome.js';

/** The pipeline's port to the dead-letter topic. */
export abstract class DeadLetterPublisher {
  /**
   * Sends the letters and waits until all in-sync replicas have them. Returns a fault if any letter is not
   * acknowledged; sending all of them again is then safe (the topic may contain a letter twice, but none is missing).
   * Never throws.
   */
  abstract publish(letters: readonly DeadLetter[]): Promise<Fault | null>;
}
