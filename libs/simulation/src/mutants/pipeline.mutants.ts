import { mutantsOf, ofMadeAnew } from './mutant.js';

const PIPELINE = mutantsOf('libs/pipeline/src/ingestion-pipeline.ts', {
  'accept-ignores-generation': [
    'if (!this.#frontier.isCurrent(generation)) return;\n    const position = this.#frontier.position(fetched);',
    'const position = this.#frontier.position(fetched);',
    'a fetch is validated only in its own generation and at its position',
  ],
  'resolves-what-was-not-validated': [
    'if (!(await validated)) return;',
    'await validated;',
    'the next fetch then starts at an unexpected offset, which is corrected there',
  ],
  'validates-before-what-it-follows': [
    'await this.#queue.endOf(fetched);',
    '',
    'a fetch that is validated too early starts at an unexpected offset, and is read again',
  ],
  'empty-fetch-not-passed': [
    'if (beginning.index === fetched.length) this.#positions.passOver(',
    'if (false) this.#positions.passOver(',
  ],
  'batches-not-committed-to-kafka': ['this.#parts.committer.commit(ranges.flatMap(', 'void (ranges.flatMap('],
  'drain-does-not-wait-for-the-queue': [
    'await this.#queue.idle();',
    '',
    'the next owner reads again what is dropped',
  ],
});

const VALIDATION = mutantsOf('libs/pipeline/src/batching/fetch-validation.ts', {
  'validation-ignores-generation-and-position': ['if (!isWanted) return false;', ''],
  'validation-ignores-generation': [
    'this.frontier.isCurrent(generation) && this.frontier.position(fetched) === from;',
    'this.frontier.position(fetched) === from;',
    'a partition that restarts exactly where the fetch is continues with the same messages',
  ],
});

const POSITIONS = mutantsOf('libs/pipeline/src/partitions/partition-positions.ts', {
  'no-seek-after-stale': [
    'this.frontier.startAt(checkpoint);\n      this.seek(checkpoint);',
    'this.frontier.startAt(checkpoint);',
  ],
  'no-discard-after-stale': [
    'this.buffer.discard(checkpoint);\n      this.frontier.startAt',
    'this.frontier.startAt',
  ],
  'no-placing-after-stale': [
    'this.frontier.startAt(checkpoint);\n      this.seek(checkpoint);',
    'this.seek(checkpoint);',
  ],
  'no-discard-on-assignment': [
    'this.buffer.discard();\n    this.committer.discard();',
    'this.committer.discard();',
  ],
  'no-pause-on-assignment': [
    'this.source.pause(partitions);\n    this.observer.assigned',
    'this.observer.assigned',
    'fetches that arrive before a partition has a position are dropped, and setting the position seeks',
  ],
  'no-idle-before-placing': ['await this.writer.idle();', ''],
  'no-resume-after-placing': ['if (!this.#isStopped) this.source.resume(', 'void ('],
  'lost-not-counted': ["this.buffer.add(emptyRange(at, position, low, 'lost'));", ''],
  'lost-not-noticed': ['if (position < low) {', 'if (false) {'],
  'checkpoints-not-committed-when-placed': ['this.#commitCheckpoints(partitions);', ''],
});

const TOPIC_MADE_ANEW = ofMadeAnew(
  mutantsOf('libs/pipeline/src/ingestion-pipeline.ts', {
    'partitions-are-not-verified-after-a-wait': ['this.#positions.verifyAll();', ''],
    'unverified-fetches-are-queued': ['!this.#positions.isUnverified(fetched) && this.#queue', 'this.#queue'],
    'elsewhere-is-dropped': ['await this.#positions.reconcile(fetched, position, generation);', ''],
    'other-topic-is-read': ["if (beginning.kind === 'other-topic') {", 'if (false) {'],
  }),
);

const WRITER = mutantsOf('libs/pipeline/src/writing/batch-writer.ts', {
  'kafka-commit-before-the-warehouse': [
    'const attempt = await this.#try(batch);',
    'this.listener.committed(batch); const attempt = await this.#try(batch);',
    'only the checkpoint that the last COMMIT returned is committed to Kafka',
  ],
  'writer-ignores-generation': [
    'while (batch.ranges.length > 0 && this.frontier.isCurrent(generation)) {',
    'while (batch.ranges.length > 0) {',
    'the compare-and-set refuses if another owner has moved the checkpoint, and checkpoints are read when the writer is idle',
  ],
  'settles-an-old-generation': [
    'if (this.frontier.isCurrent(generation)) this.frontier.settle(batch.ranges);',
    'this.frontier.settle(batch.ranges);',
    'setting positions waits until no batch is being written, and discards what was settled before',
  ],
  'stale-of-an-old-generation': [
    'if (this.frontier.isCurrent(generation)) this.listener.stale(',
    'this.listener.stale(',
    'a partition gets its position, the checkpoint, only when the writer is idle',
  ],
  'unknown-commit-is-success': [
    "return result.kind === 'fault' ? { ...result, stage: 'warehouse' } : result;",
    "return result.kind === 'fault' ? { kind: 'stored', seconds: 0 } : result;",
  ],
  'letters-are-not-awaited': [
    'const fault = await this.#letters.publish(batch.deadLetters);',
    'void this.#letters.publish(batch.deadLetters); const fault: Fault | null = null as Fault | null;',
  ],
  'a-fault-lets-the-batch-go': ['await pause(waitMs, over);\n          break;', 'return;'],
  'stale-keeps-its-partition': [
    'for (const checkpoint of attempt.checkpoints) batch = withoutPartition(batch, checkpoint);',
    '',
  ],
  'refused-rows-stay': ['batch = this.#reject(batch, attempt.rows);', ''],
  'refused-rows-are-forgotten': [
    'return { ...rest, deadLetters: [...batch.deadLetters, ...letters] };',
    'return rest;',
  ],
  'redriven-rows-stay': ["batch = withoutRows(batch, new Set(attempt.indexes), 'skipped');", ''],
});

const OTHERS = [
  ...mutantsOf('libs/pipeline/src/model/batch.ts', {
    'refused-rows-not-in-the-ledger': [
      'stored: range.stored - count, [as]: range[as] + count',
      '[as]: range[as] + count',
    ],
  }),
  ...mutantsOf('libs/pipeline/src/writing/dead-letter-writer.ts', {
    'letters-failed-are-let-pass': ['if (fault !== null) return fault;\n    for', 'for'],
    'letters-are-never-published': [
      'const fault = await this.publisher.publish(letters);',
      'const fault = await Promise.resolve(null as Fault | null);',
    ],
  }),
  ...mutantsOf('libs/pipeline/src/batching/room.ts', {
    'no-heartbeat-while-full': [
      'await heartbeat();',
      '',
      'it costs rebalances but no event; tests/promises/backpressure.spec.ts counts them',
    ],
    'no-room-is-waited-for': ['while (buffer.isFull) {', 'while (false) {'],
  }),
  ...mutantsOf('libs/pipeline/src/validation/message-validator.ts', {
    'tail-of-a-fetch-not-passed': ['if (isWholeFetch && fetched.nextOffset > range.to) {', 'if (false) {'],
    'gaps-counted-twice': [
      'range.gaps += fetched.nextOffset - range.to;',
      'range.gaps += 2 * (fetched.nextOffset - range.to);',
    ],
    'gaps-not-counted': ['range.gaps += message.offset - range.to;', ''],
  }),
  ...mutantsOf('libs/pipeline/src/batching/fetch-queue.ts', {
    'fetches-validated-out-of-order': [
      'const validated = this.#last.then(validate);',
      'const validated = Promise.resolve().then(validate);',
      'a fetch already waits for those of its partition in endOf()',
    ],
  }),
  ...mutantsOf('libs/pipeline/src/partitions/topic-identity.ts', {
    'any-beginning-is-here': [
      "if (fetched.fetchedOffset !== read?.offset) return { kind: 'elsewhere' };",
      "if (fetched.fetchedOffset !== read?.offset) return { kind: 'here', index: 0 };",
    ],
    'a-record-of-another-time-is-the-same': ['if (first.timestampMs !== read.timestampMs) {', 'if (false) {'],
    'a-record-that-was-removed-is-compared': [
      "if (first?.offset !== read.offset) return { kind: 'here', index: 0 };",
      "if (first === null) return { kind: 'here', index: 0 };",
    ],
    'the-last-record-is-read-again': [
      'const isMessage = fetched.length > 0 && fetched.at(0).offset === read.offset;',
      'const isMessage = false;',
    ],
  }),
  ...mutantsOf('libs/pipeline/src/writing/offset-committer.ts', {
    'committer-keeps-the-oldest': [
      'this.#waiting.set(partitionName(position), position);',
      'if (!this.#waiting.has(partitionName(position))) this.#waiting.set(partitionName(position), position);',
    ],
    'committer-commits-once': [
      'this.#committing ??= this.#commitAll().finally(() => (this.#committing = null));',
      'this.#committing ??= this.#commitAll();',
    ],
  }),
  ...mutantsOf('libs/pipeline/src/partitions/start-positions.ts', {
    'bounds-read-once': [
      'const boundsNow = await this.source.bounds(partitions);',
      'const boundsNow = bounds;',
    ],
    'a-lost-warehouse-is-not-noticed': [
      'return { ...start, requiredOffset: committed.offset };',
      'return start;',
    ],
    'a-lost-warehouse-is-read-into': [
      'return { ...start, requiredOffset: committed.offset };',
      'return { ...start, startOffset: low };',
    ],
    'placing-is-not-repeated': ['await pause(waitMs, over);', 'return null;'],
    'placings-of-an-old-generation': [
      'return this.frontier.isCurrent(generation) ? found : null;',
      'return found;',
    ],
  }),
  ...mutantsOf('libs/pipeline/src/batching/batch-buffer.ts', {
    'a-quiet-batch-never-falls-due': [
      'return this.#open.openedAt + this.limits.maxWaitMs - performance.now();',
      'return Infinity;',
    ],
  }),
];

export const PIPELINE_MUTANTS = [
  ...PIPELINE,
  ...VALIDATION,
  ...POSITIONS,
  ...TOPIC_MADE_ANEW,
  ...WRITER,
  ...OTHERS,
];
