import type { EventValidator } from '#events';
import { coordinatesText, isRedriveId, REDRIVE_ID_HEADER, type Coordinates, type Message } from '#pipeline';
import { columnText, differences, type LedgerEntry, type LedgerReader } from '#warehouse';
import { Findings } from './findings.js';

/** How many redriven records are looked up at once. */
const LOOKED_UP = 500;

/** The part of a partition that is compared: [from, to). */
export interface Span {
  topic: string;
  partition: number;
  from: number;
  to: number;
}

/** What somebody deleted from the tables on purpose, as far as it is known. */
export interface Deleted {
  /** Rows below this offset may have been deleted. */
  rowsFrom: number;
  /** Offsets of dead letters that were handled and then deleted. */
  letters: ReadonlySet<number>;
}

const NOTHING_DELETED: Deleted = { rowsFrom: 0, letters: new Set() };

/**
 * Walks through a partition's log and its table entries in parallel, by offset. Memory holds only what is being
 * compared, and the redriven records that are still to be looked up.
 */
export class PartitionComparison {
  readonly findings = new Findings();
  tombstones = 0;
  /** Redriven records that are already stored at another offset. */
  storedElsewhere = 0;
  /** Offsets that hold neither a record nor a row. */
  holes = 0;
  readonly #entries: AsyncGenerator<LedgerEntry>;
  #ahead: LedgerEntry | null = null;
  #isOpen = true;
  #at: number;
  /** Whether the log lacks records here that may be in the tables. */
  #isLosing = false;
  #redriven: { redriveId: string; place: Coordinates; hasRow: boolean; isEvent: boolean }[] = [];

  constructor(
    readonly span: Span,
    private readonly reader: LedgerReader,
    private readonly validator: EventValidator,
    private readonly deleted = NOTHING_DELETED,
  ) {
    const { topic, partition, from, to } = span;
    this.#entries = reader.entries(topic, partition, from, to);
    this.#at = from;
  }

  /** The offset after the last record that was compared. */
  get at(): number {
    return this.#at;
  }

  /** Moves on to an offset from which on the log lacks records or no longer does. */
  async enter(offset: number, isLosing: boolean): Promise<void> {
    await this.#passTo(offset);
    this.#isLosing = isLosing;
  }

  /** Expects records in the order of their offsets. */
  async take(message: Message): Promise<void> {
    await this.#passTo(message.offset);
    const own: LedgerEntry[] = [];
    while ((await this.#peek())?.offset === message.offset) own.push(await this.#next());
    if (own.length > 1) this.findings.add('doubled', message.offset);
    for (const entry of own) this.#compare(entry, message);
    this.#settle(message, own);
    this.#at = message.offset + 1;
    if (this.#redriven.length >= LOOKED_UP) await this.#lookUp();
  }

  /** To be called when the log has no more records below an offset. */
  async finish(to = this.span.to): Promise<void> {
    await this.#passTo(to);
    await this.close();
  }

  /** Stops without comparing the rest. */
  async close(): Promise<void> {
    await this.#lookUp();
    await this.#entries.return(undefined);
  }

  /** Moves on to an offset, up to which the log has no records. */
  async #passTo(offset: number): Promise<void> {
    let empty = offset - this.#at;
    let last: number | null = null;
    for (;;) {
      const entry = await this.#peek();
      if (entry === null || entry.offset >= offset) break;
      await this.#next();
      if (entry.offset === last) continue;
      last = entry.offset;
      empty -= 1;
      if (!isUnreadable(entry)) this.findings.add(this.#isLosing ? 'unarchived' : 'orphan', entry.offset);
    }
    this.holes += Math.max(0, empty);
    this.#at = offset;
  }

  #settle(message: Message, own: readonly LedgerEntry[]): void {
    const { topic, partition, offset, value } = message;
    const redriveId = redriveIdOf(message);
    const hasRow = own.some(({ kind }) => kind === 'row');
    if (redriveId !== null && (hasRow || own.length === 0) && value !== null) {
      const place = { topic, partition, offset };
      this.#redriven.push({ redriveId, place, hasRow, isEvent: hasRow || this.#isEvent(message) });
    } else if (own.length === 0) {
      if (value === null) this.tombstones += 1;
      else this.#miss(offset, this.#isEvent(message));
    }
  }

  /** Whether the service would store it. */
  #isEvent({ value }: Message): boolean {
    return this.validator.validate(value).kind === 'accept';
  }

  #miss(offset: number, isEvent: boolean): void {
    const { rowsFrom, letters } = this.deleted;
    if (letters.has(offset)) this.findings.add('deleted', offset);
    else if (offset < rowsFrom) this.findings.add('before', offset);
    else this.findings.add(isEvent ? 'missing' : 'missingLetter', offset);
  }

  #compare(entry: LedgerEntry, message: Message): void {
    const found = differences(entry, message);
    if (entry.kind === 'letter') {
      if (found.length > 0) this.findings.add('letter', entry.offset);
      return;
    }
    if (found.includes('value')) this.findings.add('value', entry.offset);
    if (found.some((part) => part !== 'value')) this.findings.add('place', entry.offset);
    const result = this.validator.validate(message.value);
    // The current contract may reject what an older one accepted.
    if (result.kind !== 'accept') return;
    const { eventType, productId, customerId } = result;
    const isSame =
      entry.eventType === (eventType === null ? null : columnText(eventType)) &&
      entry.productId === productId &&
      entry.customerId === customerId;
    if (!isSame) this.findings.add('columns', entry.offset);
  }

  async #lookUp(): Promise<void> {
    const looked = this.#redriven;
    this.#redriven = [];
    if (looked.length === 0) return;
    const places = await this.reader.storedAs([...new Set(looked.map(({ redriveId }) => redriveId))]);
    for (const { redriveId, place, hasRow, isEvent } of looked) {
      const noted = places.get(redriveId);
      const isElsewhere = noted !== undefined && coordinatesText(noted) !== coordinatesText(place);
      if (isElsewhere && hasRow) this.findings.add('twice', place.offset);
      else if (isElsewhere) this.storedElsewhere += 1;
      else if (!hasRow) this.#miss(place.offset, isEvent);
    }
  }

  async #peek(): Promise<LedgerEntry | null> {
    if (this.#ahead === null && this.#isOpen) {
      const next = await this.#entries.next();
      this.#isOpen = next.done !== true;
      this.#ahead = next.done === true ? null : next.value;
    }
    return this.#ahead;
  }

  /** Takes the entry that `#peek` returned. */
  async #next(): Promise<LedgerEntry> {
    const entry = await this.#peek();
    if (entry === null) throw new Error('there is no entry left');
    this.#ahead = null;
    return entry;
  }
}

/** Whether an operator passed over this offset as unreadable. */
export function isUnreadable(entry: LedgerEntry): boolean {
  return entry.kind === 'letter' && entry.errorType === 'unreadable';
}

function redriveIdOf({ headers }: Message): string | null {
  const given = headers[REDRIVE_ID_HEADER];
  const text = (Array.isArray(given) ? given.at(-1) : given)?.toString('latin1') ?? '';
  return isRedriveId(text) ? text : null;
}
