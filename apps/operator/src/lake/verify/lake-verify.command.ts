import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { command, JSON_OPTION, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { ReportedFailure } from '../../failures.js';
import { table } from '../../output/table.js';
import { Terminal } from '../../output/terminal.js';
import { topicLog } from '../../topic-log.js';
import { withLake } from '../open-lake.js';
import { verifyLake, type LakeFindings } from './verify-lake.js';

interface VerifyOptions {
  deep?: true;
  offline?: true;
  json?: true;
}

const EXAMPLES = ['lake verify', 'lake verify --deep', 'lake verify --offline --json'];

@Injectable()
export class LakeVerifyCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'verify',
      'check that the objects cover every offset once, and compare them with Kafka; writes nothing',
      EXAMPLES,
    )
      .option('--deep', 'also read every object, and compare its records with what it says it covers')
      .option('--offline', 'do not compare with Kafka')
      .option(...JSON_OPTION)
      .action((options: VerifyOptions) => this.run(options));
  }

  async run({
    deep = false,
    offline,
    json,
  }: Omit<VerifyOptions, 'deep'> & { deep?: boolean }): Promise<void> {
    const { lake: settings, kafka } = this.connections.settings;
    const { topicName } = kafka;
    const logs = offline ? null : await topicLog(this.connections.kafka(), settings.groupId, topicName);
    const found = await withLake(settings, (lake) =>
      verifyLake(lake, topicName, { logs, deep, progress: () => undefined }),
    );
    if (json === true) this.terminal.json({ topic: topicName, ...found });
    else this.#print(topicName, found);
    if (found.problems.length > 0) throw new ReportedFailure();
  }

  #print(topic: string, { partitions, problems }: LakeFindings): void {
    const number = (value: number | null) => value?.toLocaleString('en') ?? '';
    const rows = partitions.map(({ partition, objects, bytes, records, from, next, lost, behind }) => [
      String(partition),
      number(objects),
      number(Math.round(bytes / 1024)),
      number(records),
      String(from),
      String(next),
      number(lost),
      number(behind),
    ]);
    const titles = ['partition', 'objects', 'KiB', 'records', 'from', 'next', 'lost', 'behind'];
    const columns = titles.map((title) => ({ title, align: 'right' as const }));
    for (const line of table(columns, rows)) this.terminal.line(line);
    for (const problem of problems) this.terminal.line(this.terminal.styled('red', problem));
    const records = partitions.reduce((sum, each) => sum + each.records, 0);
    this.terminal.line(
      problems.length > 0
        ? `The lake of ${topic} is not complete: see above.`
        : `The lake of ${topic} is complete: ${records.toLocaleString('en')} records, every offset in one object.`,
    );
  }
}
