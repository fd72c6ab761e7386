import { isSpanContextValid, type Link } from '@opentelemetry/api';
import type { Batch, MessageHeaders } from '#pipeline';

/** The maximum number of links from a batch to its producers; further ones are only counted. */
export const MOST_LINKS = 100;

/** https://www.w3.org/TR/trace-context/#traceparent-header: later versions may have more fields after a hyphen. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const LONGEST = 512;

/** The distinct trace contexts of a batch's messages, as links; `omitted` counts those beyond the limit. */
export function producerLinks({ rows, deadLetters }: Batch): { links: Link[]; omitted: number } {
  const seen = new Set<string>();
  const links: Link[] = [];
  for (const messages of [rows, deadLetters]) {
    for (const { message } of messages) {
      const text = traceparentOf(message.headers);
      if (text === null || seen.has(text)) continue;
      const link = linkTo(text);
      if (link === null) continue;
      seen.add(text);
      if (links.length < MOST_LINKS) links.push(link);
    }
  }
  return { links, omitted: seen.size - links.length };
}

function traceparentOf(headers: MessageHeaders): string | null {
  const value = headers['traceparent'];
  // According to the standard, more than one header counts as none.
  return !Buffer.isBuffer(value) || value.length > LONGEST ? null : value.toString('latin1');
}

function linkTo(text: string): Link | null {
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(text) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  const isValid = isSpanContextValid(context) && !(version === '00' && rest !== undefined);
  return isValid ? { context } : null;
}
