import type { WrittenLine } from '#lake';
import type { MessageHeaders, StoredRow, Timestamp, TopicPartition } from '#pipeline';

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** The same for all rows, so that it is on their prototype. */
const COMMON = {
  label: 'other',
  eventType: null,
  productId: null,
  customerId: null,
  redriveId: null,
} as const;

/** A record that waits to be written. Small, because tens of thousands wait. */
export class RecordRow implements StoredRow {
  declare readonly label: 'other';
  declare readonly eventType: null;
  declare readonly productId: null;
  declare readonly customerId: null;
  declare readonly redriveId: null;

  static {
    Object.assign(this.prototype, COMMON);
  }

  constructor(
    private readonly place: TopicPartition,
    private readonly offset: number,
    private readonly timestampMs: Timestamp,
    private readonly line: WrittenLine,
  ) {}

  get message(): StoredRow['message'] {
    const { place, offset, timestampMs } = this;
    return { ...place, offset, timestampMs, key: null, headers: NO_HEADERS };
  }

  get content(): Buffer {
    return bytesOf(this.line);
  }

  /** The lines by partition. Lines that lie one behind another are one piece. */
  static linesOf(rows: readonly StoredRow[]): Map<number, Buffer[]> {
    const pieces = new Map<number, WrittenLine[]>();
    for (const row of rows) {
      if (!(row instanceof RecordRow))
        throw new TypeError('The archiver writes only rows of its own encoder');
      const { place, line } = row;
      const own = pieces.get(place.partition) ?? [];
      if (own.length === 0) pieces.set(place.partition, own);
      const last = own.at(-1);
      if (last?.block === line.block && last.to === line.from) last.to = line.to;
      else own.push({ ...line });
    }
    return new Map([...pieces].map(([partition, own]) => [partition, own.map(bytesOf)]));
  }
}

function bytesOf({ block, from, to }: WrittenLine): Buffer {
  return block.subarray(from, to);
}
