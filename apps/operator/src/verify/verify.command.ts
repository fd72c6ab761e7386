import { Command } from 'nest-commander';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { EXIT_FAILED } from '../failures.js';
import { terminal } from '../output/terminal.js';
import { topicLog } from '../topic-log.js';
import { print, reportJson } from './print.js';
import { isConsistent, report, type Report } from './verdict.js';

@Command({
  name: 'verify',
  description:
    'compares Kafka, the checkpoints and the tables, and says what is missing or double; writes nothing',
})
export class VerifyCommand extends AnsweringCommand {
  override readonly examples = ['verify', 'verify --json'];

  constructor(private readonly connections: Connections) {
    super();
  }

  override async run(_none: string[], { json }: { json?: true }): Promise<void> {
    const { kafka } = this.connections.settings;
    const found = await this.#look();
    if (json) terminal.json(reportJson(kafka.topicName, kafka.groupId, found));
    else print(found);
    if (!isConsistent(found)) process.exitCode = EXIT_FAILED;
  }

  /** The committed offsets first, and the ends of the logs last: between them an ingester may move a checkpoint. */
  async #look(): Promise<Report> {
    const { groupId, topicName } = this.connections.settings.kafka;
    const kafka = this.connections.kafka();
    const reader = await this.connections.ledger();
    const before = await topicLog(kafka, groupId, topicName);
    const ledger = await reader.read(groupId, topicName);
    const after = await topicLog(kafka, groupId, topicName);
    const committed = new Map(before.map((log) => [log.partition, log.committed]));
    const logs = after.map((log) => ({ ...log, committed: committed.get(log.partition) ?? null }));
    return report(topicName, logs, ledger);
  }
}
