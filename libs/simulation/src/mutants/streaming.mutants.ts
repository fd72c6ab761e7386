import { foundBy, mutantsOf, ofStreaming } from './mutant.js';

const WRITING = 'libs/warehouse/src/streaming/writing';
const CHANNELS = 'libs/warehouse/src/streaming/channels';

const IN_WORLDS = [
  ...mutantsOf(`${WRITING}/streaming-repository.ts`, {
    'streaming-settles-what-is-not-committed': [
      'this.#watch.committed(open.flatMap(({ stream, rows, letters }) => stream.awaited(rows, letters))),',
      'Promise.resolve(),',
    ],
    'streaming-does-not-await-the-ledger': ['await this.#watch.committed(awaited);', ''],
    'streaming-loses-refused-rows': [
      "if (refused.length > 0) return { kind: 'rejected', rows: refused };",
      '',
    ],
    'streaming-keeps-failed-channels': [
      'await this.#reopen(parts.map(({ stream }) => stream).filter(({ hasFailed }) => hasFailed));',
      '',
    ],
  }),
  ...mutantsOf(`${WRITING}/partition-stream.ts`, {
    'streaming-never-looks-beyond-the-ledger': [
      'if ([events, letters].some(({ highest }) => highest >= checkpoint.nextOffset)) {',
      'if (false) {',
    ],
    'streaming-ignores-what-it-finds': [
      'const found = await find();',
      'const found = { events: [], letters: [] };',
    ],
    'streaming-appends-rows-again': [
      'rows.filter(({ row }) => !this.events.has(row.message.offset));',
      '[...rows];',
    ],
    'streaming-appends-letters-again': [
      'letters.filter(({ message }) => !this.letters.has(message.offset));',
      '[...letters];',
    ],
    'streaming-awaits-no-letters': [
      'this.letters.awaited(letters.map(({ message }) => message.offset)),',
      '',
    ],
  }),
  ...mutantsOf(`${CHANNELS}/channel.ts`, {
    'streaming-sends-on-after-a-refusal': [
      "if (error.isAnswer && !isFenced(error) && !isInvalidated(error) && error.code !== 'APPEND_UNANSWERED')",
      'if (error.isAnswer)',
    ],
    'streaming-counts-appends-from-nothing': ['this.#appended = this.#committed;', 'this.#appended = 0;'],
  }),
];

const IN_SPECS = [
  ...mutantsOf(`${WRITING}/streaming-repository.ts`, {
    'streaming-appends-to-a-moved-checkpoint': ['!stream.isAt(range));', 'false && !stream.isAt(range));'],
    'streaming-stores-redriven-rows-again': [
      "if (stored.length > 0) return { kind: 'already-stored', indexes: stored };",
      '',
    ],
    'streaming-prepares-redriven-rows': [
      'if (!isOwned || isRedriven || this.#isReopening) return;',
      'if (!isOwned || this.#isReopening) return;',
    ],
  }),
  ...mutantsOf(`${WRITING}/partition-stream.ts`, {
    'streaming-appends-before-it-has-looked': ['this.#events === null || this.#letters === null ||', ''],
    'streaming-counts-deleted-rows-as-gaps': [
      'rangeInTables(range, this.events.countIn(range), this.letters.countIn(range));',
      'range;',
    ],
  }),
  ...mutantsOf(`${CHANNELS}/commit-watch.ts`, {
    'streaming-waits-for-lost-rows': ['if (isLate && !channel.isCommitted(append)) {', 'if (false) {'],
  }),
  ...mutantsOf(`${CHANNELS}/channel.ts`, {
    'streaming-does-not-notice-invalidation': [
      "if (!status.isUsable) this.fail(new StreamingError('ERR_CHANNEL_MUST_BE_REOPENED', '', true));",
      '',
    ],
    'streaming-duels': ['isInvalidated(error) ? 0 : this.fencePauseMs;', '0;'],
  }),
];

export const STREAMING_MUTANTS = [
  ...ofStreaming(IN_WORLDS),
  ...foundBy('libs/warehouse/src/streaming/', IN_SPECS),
];
