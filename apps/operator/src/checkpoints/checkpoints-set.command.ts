import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { withAdminClient, commitForGroup, groupClientIds } from '#kafka';
import { toMetadata, type CommittedPosition } from '#pipeline';
import type { CheckpointMove, CheckpointStore } from '#warehouse';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperationError } from '../failures.js';
import { Terminal } from '../output/terminal.js';
import { parseInteger } from '../parse.js';
import { topicLog, type PartitionLog } from '../topic-log.js';
import { stillRead } from './still-read.js';
import { consequence, parseTarget, plan, type Target } from './move-plan.js';

interface SetOptions {
  partition: number | 'all';
  to: Target;
  yes?: true;
  json?: true;
}

const EXAMPLES = [
  'checkpoints set --partition 3 --to earliest',
  'checkpoints set --partition all --to 2026-01-31T18:00:00Z --yes',
];

@Injectable()
export class CheckpointsSetCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'set',
      'move checkpoints while no ingester runs, to read again or to pass over. Without --yes, only report what would change',
      EXAMPLES,
    )
      .requiredOption('--partition <number>', 'partition number, or all', (text) =>
        text === 'all' ? text : parseInteger('--partition', text, 0),
      )
      .requiredOption(
        '--to <target>',
        'earliest, latest, committed, an offset, or a time: 2026-01-31T18:00:00Z, 2h',
        (text) => parseTarget(text),
      )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: SetOptions) => this.run(options));
  }

  async run({ partition, to, yes, json }: SetOptions): Promise<void> {
    const { groupId, topicName } = this.connections.settings.kafka;
    const kafka = this.connections.kafka();
    const members = await groupClientIds(kafka, groupId);
    if (yes === true && members.length > 0) throw stillRead(groupId, members);
    const store = await this.connections.checkpoints();
    const logs = await topicLog(kafka, groupId, topicName);
    const atTime = to.kind === 'time' ? await this.#offsetsAt(to.ms) : undefined;
    const targets = plan(
      partition,
      to,
      { topic: topicName, logs },
      await store.read(groupId, topicName),
      atTime,
    );
    const moves = targets.filter((target) => target.expected !== target.to);
    if (yes === true) {
      if (!(await store.move(groupId, moves))) {
        throw new OperationError(
          'A checkpoint has moved in the meantime: nothing was changed. Run the command again.',
        );
      }
      await commitForGroup(kafka, groupId, topicName, await this.#positions(store, targets));
    }
    if (json) this.terminal.json({ changed: yes === true, moves });
    else print(targets, logs, { isDone: yes === true, members }, this.terminal);
  }

  /** The positions as the service commits them. A new ledger has settled nothing below its first offset. */
  async #positions(store: CheckpointStore, targets: readonly CheckpointMove[]): Promise<CommittedPosition[]> {
    const warehouse = await store.identity();
    const { groupId, topicName } = this.connections.settings.kafka;
    const firsts = new Map(
      (await store.read(groupId, topicName)).map(({ partition, firstOffset }) => [partition, firstOffset]),
    );
    return targets.map(({ topic, partition, to }) => ({
      topic,
      partition,
      offset: to,
      metadata: toMetadata({ warehouse, first: firsts.get(partition) ?? to }),
    }));
  }

  async #offsetsAt(ms: number): Promise<Map<number, number>> {
    const { topicName } = this.connections.settings.kafka;
    return withAdminClient(this.connections.kafka(), 'looking up the offsets at that time', async (admin) => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topicName, ms);
      return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
    });
  }
}

function print(
  targets: readonly CheckpointMove[],
  logs: readonly PartitionLog[],
  { isDone, members }: { isDone: boolean; members: readonly string[] },
  terminal: Terminal,
): void {
  for (const target of targets) {
    const log = logs.find(({ partition }) => partition === target.partition);
    terminal.line(
      `partition ${target.partition}: ${target.expected ?? 'none'} -> ${target.to}: ${consequence(target, log)}`,
    );
  }
  terminal.line('The counters restart at 0, and verify checks only what comes after the new checkpoint.');
  if (isDone) terminal.line('Done. The service continues from there at its next start.');
  else {
    terminal.line('Nothing was changed. Use --yes to apply.');
    if (members.length > 0) terminal.line(`Stop the ingesters first: the group has ${members.length}.`);
  }
}
