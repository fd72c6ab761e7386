import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import type { Lake } from '#lake';
import { Interruption } from '../../commands/interruption.js';
import { command, JSON_OPTION, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { OperatorContext } from '../../context.js';
import { eventValidator } from '../../event-validator.js';
import { OperationError, ReportedFailure } from '../../failures.js';
import { ProgressBar } from '../../output/progress-bar.js';
import { Terminal } from '../../output/terminal.js';
import { parseInteger } from '../../parse.js';
import { topicLog } from '../../topic-log.js';
import { isCompactedTopic } from '../../verify/index.js';
import { withLake } from '../open-lake.js';
import { compareTables, offsetsToCompare, type TableComparison } from './compare-tables.js';
import { comparisonJson, printComparison, printLake } from './print.js';
import { verifyLake, type PartitionFindings } from './verify-lake.js';

interface VerifyOptions {
  warehouse?: true;
  deep?: true;
  offline?: true;
  partition?: number;
  json?: true;
}

const EXAMPLES = [
  'lake verify',
  'lake verify --deep',
  'lake verify --warehouse',
  'lake verify --offline --json',
];

@Injectable()
export class LakeVerifyCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly context: OperatorContext,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'verify',
      'check that the objects cover every offset once, and compare them with Kafka and the tables; writes nothing',
      EXAMPLES,
    )
      .option('--warehouse', 'also compare each record with RAW_EVENTS_STREAM and SALES_EVENTS_DLQ')
      .option('--deep', 'also read every object, and compare its records with what it says it covers')
      .option('--offline', 'do not compare with Kafka')
      .option('--partition <number>', 'only this partition', (text) => parseInteger('--partition', text, 0))
      .option(...JSON_OPTION)
      .action((options: VerifyOptions) => this.run(options));
  }

  async run({ warehouse, deep, offline, partition, json }: VerifyOptions): Promise<void> {
    const { lake: settings, kafka } = this.connections.settings;
    const { topicName } = kafka;
    const logs = offline ? null : await topicLog(this.connections.kafka(), settings.groupId, topicName);
    const { found, tables } = await withLake(settings, async (lake) => {
      const found = await verifyLake(lake, topicName, { logs, deep: deep === true, partition });
      return { found, tables: warehouse ? await this.#compare(lake, found.partitions, offline) : null };
    });
    if (json === true)
      this.terminal.json({ topic: topicName, ...found, tables: tables && comparisonJson(tables) });
    else {
      printLake(this.terminal, topicName, found);
      if (tables !== null) printComparison(this.terminal, topicName, tables);
    }
    if (tables?.isStopped)
      throw new OperationError(
        'Stopped by a signal: the rest was not compared. --partition compares one partition.',
      );
    const problems = tables?.partitions.flatMap((each) => each.problems) ?? [];
    if (found.problems.length + problems.length > 0) throw new ReportedFailure();
  }

  async #compare(
    lake: Lake,
    extents: readonly PartitionFindings[],
    offline: true | undefined,
  ): Promise<TableComparison> {
    const { kafka, batch } = this.connections.settings;
    const { groupId, topicName } = kafka;
    const store = await this.connections.checkpoints();
    const checkpoints = await store.read(groupId, topicName);
    // Only one connection can have a DuckDB file open.
    await store.close();
    const reader = await this.connections.ledger();
    const isCompacted = offline ? null : await isCompactedTopic(this.connections.kafka(), topicName);
    const bar = new ProgressBar(offsetsToCompare(extents, checkpoints), this.terminal.stderr);
    const interruption = new Interruption(this.context.signals);
    const { signal } = interruption;
    const tables = { reader, checkpoints, validator: eventValidator(batch), isCompacted };
    const progress = (offsets: number) => {
      bar.show(offsets);
    };
    try {
      return await compareTables(lake, topicName, extents, tables, { signal, progress });
    } finally {
      bar.clear();
      interruption.stopListening();
    }
  }
}
