import { isUtf8 } from 'node:buffer';

/** The header, or else the field of the event, in which a producer names itself. */
export const PRODUCER = 'source_service';

/** The producer that a header names; bytes that are not text in base64, as the table has them. */
export function producerInHeader(header: Buffer): string {
  return header.toString(isUtf8(header) ? 'utf8' : 'base64');
}
