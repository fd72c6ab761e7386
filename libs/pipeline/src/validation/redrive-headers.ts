import type { Message } from '../model/message.js';

/** The header with the number of times that a redriven message has become a dead letter. */
export const ATTEMPT_HEADER = 'dlq.attempt';

/** The header with the UUID of a redriven message's dead letter in the warehouse. */
export const REDRIVE_ID_HEADER = 'dlq.redrive.id';

/** The number of the message's next failure: 1 unless it was redriven. */
export function nextAttempt(message: Message): number {
  const text = headerText(message, ATTEMPT_HEADER);
  return /^\d{1,6}$/.test(text) ? Number(text) + 1 : 1;
}

/** Returns null if the message was not redriven, or its header is not an id. */
export function redriveIdOf(message: Message): string | null {
  if (message.headers[REDRIVE_ID_HEADER] === undefined) return null;
  const text = headerText(message, REDRIVE_ID_HEADER);
  return isRedriveId(text) ? text : null;
}

/** Redrive ids are lower-case UUIDs. */
export function isRedriveId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** Returns the last value of this header, or empty text. */
function headerText({ headers }: Message, name: string): string {
  const given = headers[name];
  return (Array.isArray(given) ? given.at(-1) : given)?.toString('latin1') ?? '';
}
