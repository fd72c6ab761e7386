import { Option, SubCommand } from 'nest-commander';
import { askKafka, memberIds } from '#kafka';
import type { CheckpointMove } from '#warehouse';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperationError } from '../failures.js';
import { terminal } from '../output/terminal.js';
import { parseInteger } from '../parse.js';
import { topicLog, type PartitionLog } from '../topic-log.js';
import { consequence, parseTarget, plan, type Target } from './move-plan.js';

interface SetOptions {
  partition: number | 'all';
  to: Target;
  yes?: true;
  json?: true;
}

@SubCommand({
  name: 'set',
  description:
    'moves checkpoints while no ingester runs, to read again or to pass over; tells what it would do without --yes',
})
export class CheckpointsSetCommand extends AnsweringCommand {
  override readonly examples = [
    'checkpoints set --partition 3 --to earliest',
    'checkpoints set --partition all --to 2026-01-31T18:00:00Z --yes',
  ];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({ flags: '--partition <number>', description: 'which one, or all', required: true })
  parsePartition(text: string): number | 'all' {
    return text === 'all' ? text : parseInteger('--partition', text, 0);
  }

  @Option({
    flags: '--to <target>',
    description: 'earliest, latest, committed, an offset, or a time: 2026-01-31T18:00:00Z, 2h',
    required: true,
  })
  parseTo(text: string): Target {
    return parseTarget(text);
  }

  @Option({ flags: '--yes', description: 'do it' })
  parseYes(): true {
    return true;
  }

  override async run(_none: string[], { partition, to, yes, json }: SetOptions): Promise<void> {
    const { groupId, topicName } = this.connections.settings.kafka;
    const kafka = this.connections.kafka();
    const members = await memberIds(kafka, groupId);
    if (yes === true && members.length > 0) throw stillRead(groupId, members);
    const store = await this.connections.checkpoints();
    const logs = await topicLog(kafka, groupId, topicName);
    const atTime = to.kind === 'time' ? await this.#offsetsAt(to.ms) : undefined;
    const moves = plan(partition, to, logs, await store.read(groupId, topicName), atTime);
    if (yes === true && !(await store.move(groupId, moves))) {
      throw new OperationError('A checkpoint has moved in the meantime: nothing was changed. Look again.');
    }
    if (json) terminal.json({ changed: yes === true, moves });
    else print(moves, logs, yes === true, members);
  }

  async #offsetsAt(ms: number): Promise<Map<number, number>> {
    const { topicName } = this.connections.settings.kafka;
    return askKafka(this.connections.kafka(), 'looking for the offsets at that time', async (admin) => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topicName, ms);
      return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
    });
  }
}

function stillRead(groupId: string, members: readonly string[]): OperationError {
  return new OperationError(
    `Group ${groupId} has ${members.length} member${members.length === 1 ? '' : 's'} (${[...new Set(members)].join(', ')}). ` +
      'Stop every ingester first (a killed one leaves the group after KAFKA_SESSION_TIMEOUT_MS); nothing was changed.',
  );
}

function print(
  moves: readonly CheckpointMove[],
  logs: readonly PartitionLog[],
  isDone: boolean,
  members: readonly string[],
): void {
  for (const move of moves) {
    const log = logs.find(({ partition }) => partition === move.partition);
    terminal.line(`partition ${move.partition}: ${move.expected} -> ${move.to}: ${consequence(move, log)}`);
  }
  if (moves.length === 0) {
    terminal.line('Every checkpoint stands there already.');
    return;
  }
  terminal.line('The counters begin at 0 there, and verify looks at what comes from there on.');
  if (isDone) terminal.line('Done. The service goes on from there at its next start.');
  else {
    terminal.line('Nothing was changed; --yes does it.');
    if (members.length > 0) terminal.line(`Before that stop the ingesters: the group has ${members.length}.`);
  }
}
