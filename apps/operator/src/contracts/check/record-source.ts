import type { TopicExtent } from '#kafka';
import type { Message } from '#pipeline';

/** Records to check, with the same coordinates wherever they are read from. */
export interface RecordSource {
  topic: string;
  /** The offsets to check. */
  extent: TopicExtent;
  /** Yields the records of each partition in the order of offsets. Calls throw FaultError. */
  read(): AsyncIterable<readonly Message[]>;
  /** Remarks on what could not be read, one per line. */
  notes(): string[];
}
