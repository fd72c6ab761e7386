import { partitionName } from '#pipeline';
import type { Kind } from '../../verify/index.js';
import type { TablePartition } from './table-partition.js';
import type { PartitionFindings } from './verify-lake.js';

const FAULTS: Kind[] = [
  'missing',
  'missingLetter',
  'doubled',
  'value',
  'place',
  'columns',
  'letter',
  'twice',
];
const NOTED: Kind[] = ['before', 'deleted', 'unarchived'];

/** The findings in a partition as sentences: problems, and what matters before anything is called complete. */
export function tableSentences(
  topic: string,
  { next, from }: PartitionFindings,
  { partition, to, compared, checkpoint, findings }: Omit<TablePartition, 'problems' | 'notes'>,
  isCompacted: boolean | null,
): { problems: string[]; notes: string[] } {
  const name = partitionName({ topic, partition });
  const sentences = (kinds: readonly Kind[]) =>
    findings.flatMap((each) => each.sentences(topic, partition, kinds, 'lake'));
  const orphans = sentences(['orphan']);
  const notes = sentences(NOTED);
  if (checkpoint === null) notes.push(`${name}: the warehouse has no checkpoint, so nothing was compared`);
  else if (checkpoint < next) notes.push(`${name}@${checkpoint}-${next - 1} wait to be stored`);
  else if (checkpoint > next)
    notes.push(
      `${name}: the lake ends at ${next}; the checkpoint is ${checkpoint}. Later rows were not compared`,
    );
  const skipped = Math.max(0, to - from) - compared;
  if (skipped > 0)
    notes.push(`${name}: ${skipped} offsets were not compared, because their objects are missing or damaged`);
  // Compaction may have removed records before they were archived.
  return isCompacted === false
    ? { problems: [...sentences(FAULTS), ...orphans], notes }
    : {
        problems: sentences(FAULTS),
        notes: [
          ...notes,
          ...orphans.map(
            (sentence) =>
              `${sentence} (${isCompacted === null ? 'cleanup.policy is not known' : 'the topic is compacted'}: it may have been there)`,
          ),
        ],
      };
}
