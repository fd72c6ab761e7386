import { archiveDifferences, archivedRecords, type ArchivedPartition } from './archive.js';

const STARTS = new Map([
  [0, 0],
  [1, 10],
]);
const ENDS = new Map([
  [0, 100],
  [1, 50],
]);
const WHOLE = new Map<number, ArchivedPartition>([
  [0, { records: 100, empty: 0, next: 100, misfits: 0 }],
  [1, { records: 40, empty: 10, next: 50, misfits: 0 }],
]);
const differences = (partition: number, change: Partial<ArchivedPartition>) => {
  const whole = WHOLE.get(partition) ?? { records: 0, empty: 0, next: 0, misfits: 0 };
  return archiveDifferences(new Map([...WHOLE, [partition, { ...whole, ...change }]]), STARTS, ENDS);
};

describe('archiveDifferences', () => {
  it('finds none if the lake has all that Kafka has', () => {
    expect(archiveDifferences(WHOLE, STARTS, ENDS)).toEqual([]);
    expect(archivedRecords(WHOLE)).toBe(140);
  });

  it.each<[string, number, Partial<ArchivedPartition>, string]>([
    ['what waits', 0, { next: 90 }, '10 messages not archived yet; the next npm start continues with them.'],
    ['a missing object', 0, { misfits: 7 }, 'Partition 0: 7 offsets missing or double in the lake.'],
    ['a missing record', 1, { empty: 11 }, 'Partition 1: the lake lacks 1 of the records that it covers.'],
    ['another topic', 0, { next: 101 }, "Partition 0: the lake goes on after the end of Kafka's log."],
  ])('finds %s', (_, partition, change, sentence) => {
    expect(differences(partition, change)).toEqual([sentence]);
  });

  it('counts a partition without any object as waiting', () => {
    expect(archiveDifferences(new Map(), STARTS, ENDS)).toEqual([
      '140 messages not archived yet; the next npm start continues with them.',
    ]);
  });
});
