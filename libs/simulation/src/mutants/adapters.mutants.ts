import { foundBy, mutantsOf, ofMadeAnew } from './mutant.js';

export const ADAPTER_MUTANTS = [
  ...ofMadeAnew(
    mutantsOf('libs/kafka/src/transport/kafka-event-source.ts', {
      'failed-fetches-are-not-told': [
        'if (membership.fetchStarted(payload.nodeId)) this.#listener?.interrupted();',
        'membership.fetchStarted(payload.nodeId);',
      ],
    }),
  ),
  ...mutantsOf('libs/kafka/src/transport/kafka-event-source.ts', {
    'crashed-consumers-stay-dead': [
      'await wait(waitMs, this.#detached.signal);\n    await this.#begin(run);',
      '',
      'the liveness probe restarts such a pod; tests/promises/gone-topic.spec.ts checks that the consumer comes back by itself',
    ],
    'joins-are-not-told': ['this.#listener?.assigned(partitionsOf(payload.memberAssignment));', ''],
    'commits-one-too-far': [
      'offset: String(position.offset) })),',
      'offset: String(position.offset + 1) })),',
    ],
  }),
  ...mutantsOf('libs/kafka/src/admin/offset-queries.ts', {
    'bounds-of-another-partition': ['const at = found.get(partition);', 'const at = found.get(0);'],
  }),
  ...mutantsOf('libs/kafka/src/transport/fetched-batch.ts', {
    'next-offset-is-the-last-one': ['?? Number(batch.lastOffset()) + 1;', '?? Number(batch.lastOffset());'],
    'fetches-are-never-resolved': ['this.payload.resolveOffset(String(this.nextOffset - 1));', ''],
  }),
  ...mutantsOf('libs/kafka/src/transport/fetched-batch.ts', {
    'a-stand-in-has-a-time': ['if (record.batchContext === REMOVED) return null;', ''],
    'the-last-record-is-any': ['last?.offset === this.nextOffset - 1 ? last : null;', 'last;'],
  }),
  ...mutantsOf('libs/kafka/src/kafkajs-2.2.4/reading/deferred-decoding.ts', {
    'fetches-without-messages-are-not-told': [
      'if (within.length > 0 || undecodable !== null) batch.isEmpty = () => false;',
      '',
    ],
  }),
  ...mutantsOf('libs/kafka/src/kafkajs-2.2.4/reading/committed-records.ts', {
    'aborted-records-are-read': ['partition.messages.aborted = partition.abortedTransactions ?? [];', ''],
    'markers-end-nothing': [
      'if (isAbortMarker(record)) beginnings.endUpTo(record.position);',
      'if (isAbortMarker(record)) continue;',
    ],
    'aborted-from-the-beginning': [
      'return (this.#offsets[this.#ended] ?? Infinity) <= offset;',
      'return this.#ended < this.#offsets.length;',
    ],
  }),
  ...foundBy('libs/dead-letter/', [
    ...mutantsOf('libs/kafka/src/transport/send-to-partition.ts', {
      'sends-of-nothing-count': ['if (acknowledged.length === 0) throw new NothingSent();', ''],
    }),
    ...mutantsOf('libs/dead-letter/src/kafka-dead-letter-publisher.ts', {
      'a-confused-producer-stays-connected': [
        'if (error instanceof NothingSent) await this.#disconnect();',
        '',
      ],
    }),
  ]),
  ...mutantsOf('libs/dead-letter/src/kafka-dead-letter-publisher.ts', {
    'refused-letters-are-taken-for-sent': [
      "for (const each of sent) if (each.status === 'rejected') throw each.reason;",
      '',
    ],
    'letters-of-one-partition-only': [
      'const sent = await Promise.allSettled(partitions.map(',
      'const sent = await Promise.allSettled(partitions.slice(0, 1).map(',
    ],
  }),
];
