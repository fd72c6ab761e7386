import type { Message } from '../model/message.js';
import type { DeadLetter } from '../model/outcome.js';
import { nextAttempt } from './redrive-headers.js';

/** Creates the dead letter of a message that fails now. It references the message's bytes. */
export function deadLetter(
  message: Message,
  why: Pick<DeadLetter, 'errorType' | 'reason' | 'details' | 'label' | 'eventType'>,
): DeadLetter {
  return { message, ...why, attempt: nextAttempt(message), failedAtMs: Date.now() };
}
