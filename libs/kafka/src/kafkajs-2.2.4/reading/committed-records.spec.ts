import fc from 'fast-check';
import { markAborted } from './committed-records.js';
import type { AbortedTransaction } from './unread-records.js';
import { FetchedRecord, NO_HEADERS } from '../../records/fetched-record.js';

type Producer = 'A' | 'B' | 'C';
type Step = readonly [producer: Producer, what: 'sends' | 'commits' | 'aborts' | 'sends plain'];

const MARKERS = { commits: Buffer.from([0, 0, 0, 1]), aborts: Buffer.from([0, 0, 0, 0]) };

function record(producerId: string, offset: number, of: Partial<FetchedRecord['batchContext']>, key: Buffer) {
  const context = {
    producerId,
    inTransaction: false,
    isControlBatch: false,
    isAborted: false,
    timestampType: 'CreateTime' as const,
    ...of,
  };
  return new FetchedRecord(key, offset, 0, 0, key.length, 0, -1, NO_HEADERS, context);
}

/** The log that results from these steps, one record per step, and the offsets that a read_committed consumer reads. */
function logOf(steps: readonly Step[], key = Buffer.from('key')) {
  const records: FetchedRecord[] = [];
  /** In the order of their markers, as the broker lists them. */
  const aborted: (AbortedTransaction & { marker: number })[] = [];
  const committed: number[] = [];
  const open = new Map<Producer, number[]>();
  for (const [offset, [producer, what]] of steps.entries()) {
    const sent = open.get(producer) ?? [];
    if (what === 'sends plain') {
      records.push(record(producer, offset, {}, key));
      committed.push(offset);
    } else if (what === 'sends') {
      records.push(record(producer, offset, { inTransaction: true }, key));
      open.set(producer, [...sent, offset]);
    } else {
      records.push(record(producer, offset, { inTransaction: true, isControlBatch: true }, MARKERS[what]));
      open.delete(producer);
      const [firstOffset] = sent;
      if (what === 'commits') committed.push(...sent);
      else if (firstOffset !== undefined)
        aborted.push({ producerId: producer, firstOffset: String(firstOffset), marker: offset });
    }
  }
  // Records from the last stable offset on are not fetched.
  const stable = Math.min(...[...open.values()].flat(), steps.length);
  return {
    records: records.slice(0, stable),
    aborted,
    committed: committed.filter((offset) => offset < stable).sort((a, b) => a - b),
  };
}

function seen(records: readonly FetchedRecord[], aborted: readonly AbortedTransaction[]): number[] {
  markAborted(records, aborted);
  return records.filter(({ isControlRecord }) => !isControlRecord).map(({ position }) => position);
}

describe('records of aborted transactions', () => {
  it('are skipped if the transaction that began first ended last', () => {
    const { records, aborted } = logOf([
      ['A', 'sends'],
      ['B', 'sends'],
      ['B', 'aborts'],
      ['A', 'sends'],
      ['A', 'aborts'],
      ['B', 'sends'],
      ['B', 'commits'],
      ['C', 'sends plain'],
    ]);
    expect(aborted.map(({ firstOffset }) => firstOffset)).toEqual(['1', '0']);
    expect(seen(records, aborted)).toEqual([5, 7]);
  });

  it('are skipped if several transactions begin between two records of another one', () => {
    const { records, aborted, committed } = logOf([
      ['A', 'sends'],
      ['B', 'sends'],
      ['C', 'sends'],
      ['C', 'aborts'],
      ['B', 'aborts'],
      ['A', 'commits'],
    ]);
    expect(seen(records, aborted)).toEqual(committed);
  });

  it('are skipped between committed transactions of the same producer', () => {
    const { records, aborted } = logOf([
      ['A', 'sends'],
      ['A', 'aborts'],
      ['A', 'sends'],
      ['A', 'commits'],
      ['A', 'sends'],
      ['A', 'aborts'],
      ['A', 'sends'],
      ['A', 'commits'],
    ]);
    expect(seen(records, aborted)).toEqual([2, 6]);
  });

  it('are skipped even if their key equals that of an abort marker', () => {
    const { records, aborted } = logOf(
      [
        ['A', 'sends'],
        ['A', 'sends'],
        ['A', 'aborts'],
      ],
      MARKERS.aborts,
    );
    expect(seen(records, aborted)).toEqual([]);
  });

  it('are skipped if compaction removed the marker of an earlier transaction', () => {
    const { records, aborted, committed } = logOf([
      ['A', 'sends'],
      ['A', 'aborts'],
      ['A', 'sends'],
      ['A', 'aborts'],
      ['A', 'sends'],
      ['A', 'commits'],
    ]);
    expect(seen([...records.slice(0, 1), ...records.slice(2)], aborted)).toEqual(committed);
  });

  it('are skipped, and no others, in any log and wherever the fetch begins', () => {
    const steps = fc.array(
      fc.tuple(
        fc.constantFrom<Producer>('A', 'B', 'C'),
        fc.constantFrom<Step[1]>('sends', 'sends', 'commits', 'aborts', 'sends plain'),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, fc.nat(40), fc.nat(40), (given, from, to) => {
        const { records, aborted, committed } = logOf(given);
        const end = Math.min(to, records.length);
        const listed = aborted.filter(
          ({ firstOffset, marker }) => marker >= from && Number(firstOffset) < end,
        );
        expect(seen(records.slice(from, end), listed)).toEqual(
          committed.filter((offset) => offset >= from && offset < end),
        );
      }),
    );
  });
});
