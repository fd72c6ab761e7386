import { createHash } from 'node:crypto';
import type { Message } from '#pipeline';
import { headersJson } from '../rows/dead-letter-record.js';
import { encodePrefix, keptBytes } from '../rows/kept-bytes.js';
import type { LedgerEntry, LetterEntry, RowEntry } from './ledger-entry.js';
import { isSameJson } from './same-json.js';

/** The parts of a record that can differ between table and log. */
export type Difference = 'value' | 'key' | 'headers' | 'timestamp';

/** Names the parts in which an entry differs from its record, without their content. */
export function differences(entry: LedgerEntry, message: Message): Difference[] {
  const found: Difference[] = [];
  const isSame = entry.kind === 'row' ? isSameContent(entry, message) : isSameValue(entry, message);
  if (!isSame) found.push('value');
  if (!isSameKey(entry, message.key)) found.push('key');
  if (entry.kind === 'letter' && !isSameHeaders(entry, message)) found.push('headers');
  if (entry.timestampMs !== message.timestampMs) found.push('timestamp');
  return found;
}

function isSameContent({ content, contentKind }: RowEntry, { value }: Message): boolean {
  if (content === null || value === null) return false;
  return contentKind === 'sha256' ? content === sha256(value) : isSameJson(content, value.toString());
}

function isSameValue(entry: LetterEntry, { value, oversize }: Message): boolean {
  const { content, valueEncoding, valueBytes, wholeSha256 } = entry;
  if (value === null) return content === null;
  switch (valueEncoding) {
    case 'utf8':
      return content === sha256(value);
    case 'base64':
      return content === sha256(value.toString('base64'));
    case 'prefix': {
      if (oversize && oversize.valueBytes > value.length) {
        const whole = { bytes: oversize.valueBytes, sha256: oversize.sha256 };
        return (
          wholeSha256 === whole.sha256 && content === sha256(keptBytes(value, valueBytes ?? 0, whole).text)
        );
      }
      const prefixes = (['utf8', 'base64'] as const).map((encoding) =>
        encodePrefix(value, encoding, valueBytes ?? 0),
      );
      return wholeSha256 === sha256(value) && prefixes.some((prefix) => content === sha256(prefix));
    }
    case null:
    default:
      return false;
  }
}

function isSameKey({ key: text, keyEncoding }: LedgerEntry, key: Buffer | null): boolean {
  if (text !== null && key !== null && keyEncoding === 'prefix') {
    return key.toString('utf8').startsWith(text) || key.toString('base64').startsWith(text);
  }
  return text === (key?.toString(keyEncoding === 'base64' ? 'base64' : 'utf8') ?? null);
}

/** Ignores the order: an object of headers does not keep the order of all names. */
function isSameHeaders({ headers }: LetterEntry, message: Message): boolean {
  return sortedHeaders(headers ?? '[]') === sortedHeaders(headersJson(message.headers));
}

function sortedHeaders(json: string): string {
  const headers = JSON.parse(json) as { name: string; value: string | null; encoding?: string }[];
  return (
    headers
      // Older rows do not distinguish an empty header from one without a value.
      .map(({ name, value, encoding = 'utf8' }) => JSON.stringify([name, value ?? '', encoding]))
      .sort()
      .join()
  );
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
