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
  #redriven: { redriveId: string; place: Coordinates; hasRow: boolean }[] = [];

  constructor(
    readonly span: Span,
    private readonly reader: LedgerReader,
    private readonly validator: EventValidator,
  ) {
    const { topic, partition, from, to } = span;
    this.#entries = reader.entries(topic, partition, from, to);
    this.#at = from;
  }

  /** The offset after the last record that was compared. */
  get at(): number {
    return this.#at;
  }

  /** Expects records in the order of their offsets. */
  async take(message: Message): Promise<void> {
    await this.#passTo(message.offset);
    const own: LedgerEntry[] = [];
    while ((await this.#peek())?.offset === message.offset) own.push(await this.#next());
    for (const entry of own) this.#compare(entry, message);
    this.#settle(message, own);
    this.#at = message.offset + 1;
    if (this.#redriven.length >= LOOKED_UP) await this.#lookUp();
  }

  /** To be called when the log has no more records. */
  async finish(): Promise<void> {
    await this.#passTo(this.span.to);
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
      if (!isUnreadable(entry)) this.findings.add('orphan', entry.offset);
    }
    this.holes += Math.max(0, empty);
    this.#at = offset;
  }

  #settle(message: Message, own: readonly LedgerEntry[]): void {
    const { topic, partition, offset, value } = message;
    const redriveId = redriveIdOf(message);
    const hasRow = own.some(({ kind }) => kind === 'row');
    if (redriveId !== null && (hasRow || own.length === 0) && value !== null) {
      this.#redriven.push({ redriveId, place: { topic, partition, offset }, hasRow });
    } else if (own.length === 0) {
      if (value === null) this.tombstones += 1;
      else this.findings.add('missing', offset);
    }
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
    for (const { redriveId, place, hasRow } of looked) {
      const noted = places.get(redriveId);
      const isElsewhere = noted !== undefined && coordinatesText(noted) !== coordinatesText(place);
      if (isElsewhere && hasRow) this.findings.add('twice', place.offset);
      else if (isElsewhere) this.storedElsewhere += 1;
      else if (!hasRow) this.findings.add('missing', place.offset);
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
