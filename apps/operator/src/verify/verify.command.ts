import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { faultText } from '#pipeline';
import { Interruption } from '../commands/interruption.js';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperatorContext } from '../context.js';
import { eventValidator } from '../event-validator.js';
import { OperationError, ReportedFailure, UsageError } from '../failures.js';
import { Terminal } from '../output/terminal.js';
import type { DeepReport } from './deep/compare-topic.js';
import { parsePosition, positionText, type Position } from './deep/position.js';
import { print, verificationJson } from './print.js';
import { verify, type Verification } from './verification.js';

interface VerifyOptions {
  deep?: true;
  from?: Position;
  json?: true;
}

const EXAMPLES = ['verify', 'verify --json', 'verify --deep', 'verify --deep --from 3@150000'];

@Injectable()
export class VerifyCommand extends OperatorCommand {
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
      'compare Kafka, the checkpoints and the tables, and report what is missing or duplicated; writes nothing',
      EXAMPLES,
    )
      .option('--deep', 'also read the topic, and compare each record with the tables')
      .option(
        '--from <partition@offset>',
        'with --deep: continue from the position at which an earlier run stopped',
        (text) => parsePosition('--from', text),
      )
      .option(...JSON_OPTION)
      .action((options: VerifyOptions) => this.run(options));
  }

  async run(options: VerifyOptions): Promise<void> {
    if (options.from !== undefined && options.deep !== true) throw new UsageError('--from requires --deep.');
    const { topicName, groupId } = this.connections.settings.kafka;
    const found = await this.#verify(options);
    if (options.json) this.terminal.json(verificationJson(topicName, groupId, found));
    else print(found, this.terminal);
    if (found.depth?.stoppedAt) throw stopped(found.depth, found.depth.stoppedAt);
    if (found.problems.length > 0) throw new ReportedFailure();
  }

  async #verify({ deep, from }: VerifyOptions): Promise<Verification> {
    const { kafka: settings, batch } = this.connections.settings;
    const reader = await this.connections.ledger();
    const validator = eventValidator(batch);
    const subject = { kafka: this.connections.kafka(), settings, reader, validator };
    if (deep !== true) return verify(subject, null);
    const interruption = new Interruption(this.context.signals);
    const { signal } = interruption;
    const progressOutput = this.terminal.stderr;
    return verify(subject, { from: from ?? null, signal, progressOutput }).finally(() => {
      interruption.stopListening();
    });
  }
}

function stopped({ fault }: DeepReport, at: Position): OperationError {
  const why = fault === null ? 'Stopped by a signal.' : faultText(fault);
  return new OperationError(
    `${why}\nThe rest is not compared yet: continue with --deep --from ${positionText(at)}.`,
  );
}
