import {
  coordinatesText,
  partitionName,
  type Coordinates,
  type Fault,
  type FaultStage,
  type PipelineObserver,
  type TopicPartition,
} from '#pipeline';

/** What went wrong, how often, and what to do about it. Contains neither secrets nor event content. */
export interface ShownFault {
  stage: FaultStage | 'partition' | 'dead_letter_limit' | 'retention';
  /** `data`: the message is at fault. */
  class: Fault['class'] | 'data';
  code: string;
  message: string;
  remedy: string | null;
  count: number;
  firstAtMs: number;
  lastAtMs: number;
  /** Null while it lasts. */
  endedAtMs: number | null;
}

type Watched =
  | 'faulted'
  | 'recovered'
  | 'rowsRejected'
  | 'partitionHeld'
  | 'deadLettersHeld'
  | 'deadLettersFreed'
  | 'lost'
  | 'assigned';

const KEPT = 12;

/** The newest faults of this process: one entry for each stage and code, most recent first. */
export class RecentFaults implements Pick<PipelineObserver, Watched> {
  #faults: ShownFault[] = [];
  #warehouseErrors = 0;

  /** Failed attempts and rejected rows, as `warehouse_errors_total` counts them. */
  get warehouseErrors(): number {
    return this.#warehouseErrors;
  }

  summary(): ShownFault[] {
    return this.#faults;
  }

  faulted(stage: FaultStage, fault: Fault): void {
    if (stage === 'warehouse') this.#warehouseErrors += 1;
    this.#note(stage, fault);
  }

  recovered(stage: FaultStage): void {
    this.#end(stage);
  }

  rowsRejected(rows: number, first: Coordinates, reason: string): void {
    this.#warehouseErrors += rows;
    const message = `The warehouse rejected rows, most recently ${coordinatesText(first)}: ${reason}`;
    this.#note('warehouse', { class: 'data', code: 'rejected_row', message, remedy: INSPECT }, rows, true);
  }

  partitionHeld(_at: TopicPartition, fault: Fault): void {
    this.#note('partition', fault);
  }

  deadLettersHeld(why: string): void {
    this.#note('dead_letter_limit', {
      class: 'setup',
      code: 'DEAD_LETTER_LIMIT',
      message: why,
      remedy: null,
    });
  }

  deadLettersFreed(): void {
    this.#end('dead_letter_limit');
  }

  lost(range: TopicPartition & { from: number; to: number }): void {
    const message = `Retention deleted ${partitionName(range)}, offsets ${range.from} to ${range.to - 1}, before they were read`;
    this.#note('retention', { class: 'data', code: 'LOST', message, remedy: LONGER }, 1, true);
  }

  assigned(): void {
    this.#end('partition');
  }

  #note(
    stage: ShownFault['stage'],
    { class: faultClass, code, message, remedy }: Omit<Fault, 'class'> & Pick<ShownFault, 'class'>,
    times = 1,
    isOver = false,
  ): void {
    const now = Date.now();
    const isSame = (known: ShownFault) => known.stage === stage && known.code === code;
    const known = this.#faults.find(isSame);
    const fault: ShownFault = {
      ...{ stage, class: faultClass, code, message, remedy },
      count: (known?.count ?? 0) + times,
      firstAtMs: known?.firstAtMs ?? now,
      lastAtMs: now,
      endedAtMs: isOver ? now : null,
    };
    this.#faults = [fault, ...this.#faults.filter((each) => !isSame(each))].slice(0, KEPT);
  }

  #end(stage: ShownFault['stage']): void {
    const now = Date.now();
    this.#faults = this.#faults.map((fault) =>
      fault.stage === stage && fault.endedAtMs === null ? { ...fault, endedAtMs: now } : fault,
    );
  }
}

const INSPECT = 'Inspect them with "operator dead-letters list --type warehouse_rejected"';
const LONGER =
  'Raise the topic\'s retention.ms and retention.bytes, or store faster; "operator lake replay" restores what an archiver kept';
