import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ContractChange, ContractComparison } from '#events';
import { FaultError, MAX_KEY_BYTES, type Fault, type Message } from '#pipeline';
import { changedRecord, CHANGES, type Change, type ChangedRecord } from './change.js';
import { ChangeGroups } from './change-groups.js';
import type { RecordSource } from './record-source.js';

export interface Checked {
  records: number;
  /** Records whose outcome is the same, by outcome. */
  unchanged: Record<'stored' | 'dead' | 'skipped', number>;
  changes: Record<Change, ChangeGroups>;
  /** Offsets that were to be checked, and those that were. */
  offsets: number;
  done: number;
  /** The fault that ended the check early. */
  fault: Fault | null;
}

export interface CheckOptions {
  /** Ends the check between two records. */
  signal: AbortSignal;
  mostExamples: number;
  /** Called with each record that changes, if present. */
  onChange?: (changed: ChangedRecord) => void | Promise<void>;
  onProgress: (done: number) => void;
}

/** How long the event loop may be busy with records before the Kafka client gets its turn. */
const TURN_MS = 50;

/** Compares what two sets of contracts do to each record. Memory does not depend on the number of records. */
export async function checkRecords(
  source: RecordSource,
  comparison: ContractComparison,
  { signal, mostExamples, onChange, onProgress }: CheckOptions,
): Promise<Checked> {
  const [newlyDead, rescued, drifted] = CHANGES.map(() => new ChangeGroups(mostExamples)) as [
    ChangeGroups,
    ChangeGroups,
    ChangeGroups,
  ];
  const checked: Checked = {
    records: 0,
    unchanged: { stored: 0, dead: 0, skipped: 0 },
    changes: { newlyDead, rescued, drifted },
    offsets: sum(Array.from(source.extent.values(), ({ start, end }) => end - start)),
    done: 0,
    fault: null,
  };
  const next = new Map(Array.from(source.extent, ([partition, { start }]) => [partition, start]));
  let turnEnds = performance.now() + TURN_MS;
  try {
    for await (const messages of source.read()) {
      for (const message of messages) {
        if (signal.aborted) return checked;
        const change = changeOf(message, comparison);
        checked.records += 1;
        if (change.kind === 'none') checked.unchanged[change.outcome] += 1;
        else {
          const changed = changedRecord(message, change);
          checked.changes[changed.change].add(changed);
          await onChange?.(changed);
        }
        if (performance.now() < turnEnds) continue;
        await nextTurn();
        turnEnds = performance.now() + TURN_MS;
      }
      const last = messages.at(-1);
      if (last === undefined) continue;
      checked.done += last.offset + 1 - (next.get(last.partition) ?? 0);
      next.set(last.partition, last.offset + 1);
      onProgress(checked.done);
    }
    checked.done = checked.offsets;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    checked.fault = error.fault;
  }
  return checked;
}

/** The rules about the size of a record do not depend on contracts. */
function changeOf({ oversize, key, value }: Message, comparison: ContractComparison): ContractChange {
  if (oversize) return { kind: 'none', outcome: 'dead' };
  const change = comparison.compare(value);
  const isKeyTooLong = (key?.length ?? 0) > MAX_KEY_BYTES;
  return isKeyTooLong && value !== null ? { kind: 'none', outcome: 'dead' } : change;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
