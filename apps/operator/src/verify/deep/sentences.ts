import type { Checkpoint } from '#pipeline';
import type { Kind } from './findings.js';
import type { PartitionComparison } from './partition-comparison.js';

const FAULTS: Kind[] = ['missing', 'missingLetter', 'value', 'place', 'columns', 'letter', 'twice'];

/**
 * The findings of a comparison, as sentences.
 *
 * @param checkpoint whose counters must agree; null if not everything that it counts was compared
 */
export function partitionSentences(
  comparison: PartitionComparison,
  { isCompacted, checkpoint }: { isCompacted: boolean | null; checkpoint: Checkpoint | null },
): { problems: string[]; notes: string[] } {
  const { findings, span } = comparison;
  const problems = findings.sentences(span.topic, span.partition, FAULTS);
  const orphans = findings.sentences(span.topic, span.partition, ['orphan']);
  if (isCompacted === false) {
    return { problems: [...problems, ...orphans, ...counterProblems(comparison, checkpoint)], notes: [] };
  }
  // Compaction removes records that were stored before.
  const why = isCompacted === null ? 'cleanup.policy cannot be read' : 'the topic is compacted';
  return { problems, notes: orphans.map((sentence) => `${sentence} (${why}: it may have been there)`) };
}

function counterProblems(
  { tombstones, storedElsewhere, holes }: PartitionComparison,
  checkpoint: Checkpoint | null,
): string[] {
  if (checkpoint === null) return [];
  const found: string[] = [];
  const { skipped, gaps, lost } = checkpoint;
  if (skipped !== tombstones + storedElsewhere) {
    found.push(
      `the ledger counts ${skipped} skipped, but the log holds ${tombstones} tombstones and ${storedElsewhere} redriven records that were stored before`,
    );
  }
  // If retention had deleted the lost offsets, the span would be incomplete and the checkpoint null.
  if (gaps + lost !== holes) {
    found.push(
      `the ledger counts ${gaps} gaps and ${lost} lost, but the log has ${holes} offsets without a record`,
    );
  }
  return found;
}
