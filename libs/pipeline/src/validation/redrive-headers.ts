import type { Message } from '../model/message.js';

/** Carried by a redriven message: how often it has become a dead letter so far. */
export const ATTEMPT_HEADER = 'dlq.attempt';

/** Carried by a redriven message: the UUID that its dead letter has in the warehouse. */
export const REDRIVE_ID_HEADER = 'dlq.redrive.id';

/** Which failure of the message one more would be: 1 unless it was redriven. */
export function nextAttempt(message: Message): number {
  const text = headerText(message, ATTEMPT_HEADER);
  return /^\d{1,6}$/.test(text) ? Number(text) + 1 : 1;
}

/** Null where the message was not redriven, or its header holds no id. */
export function redriveIdOf(message: Message): string | null {
  if (message.headers[REDRIVE_ID_HEADER] === undefined) return null;
  const text = headerText(message, REDRIVE_ID_HEADER);
  return isRedriveId(text) ? text : null;
}

/** Redrive ids are UUIDs in lower case. */
export function isRedriveId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** The last value of that name; empty where there is none. */
function headerText({ headers }: Message, name: string): string {
  const given = headers[name];
  return (Array.isArray(given) ? given.at(-1) : given)?.toString('latin1') ?? '';
}
