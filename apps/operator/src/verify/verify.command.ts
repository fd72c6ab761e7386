import { Command, Option } from 'nest-commander';
import { faultText } from '#pipeline';
import { interruption } from '../commands/interruption.js';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { EXIT_FAILED, OperationError, UsageError } from '../failures.js';
import { terminal } from '../output/terminal.js';
import type { DeepReport } from './deep/compare-topic.js';
import { parsePosition, positionText, type Position } from './deep/position.js';
import { print, verificationJson } from './print.js';
import { verify, type Verification } from './verification.js';

interface VerifyOptions {
  deep?: true;
  from?: Position;
  json?: true;
}

@Command({
  name: 'verify',
  description:
    'compares Kafka, the checkpoints and the tables, and says what is missing or double; writes nothing',
})
export class VerifyCommand extends AnsweringCommand {
  override readonly examples = ['verify', 'verify --json', 'verify --deep', 'verify --deep --from 3@150000'];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({
    flags: '--deep',
    description: 'read the topic again, and compare each record with what the tables hold of it',
  })
  parseDeep(): true {
    return true;
  }

  @Option({
    flags: '--from <partition@offset>',
    description: 'with --deep: go on there, where an earlier run was stopped',
  })
  parseFrom(text: string): Position {
    return parsePosition('--from', text);
  }

  override async run(_none: string[], options: VerifyOptions): Promise<void> {
    if (options.from !== undefined && options.deep !== true) throw new UsageError('--from goes with --deep.');
    const { topicName, groupId } = this.connections.settings.kafka;
    const found = await this.#verify(options);
    if (options.json) terminal.json(verificationJson(topicName, groupId, found));
    else print(found);
    if (found.problems.length > 0) process.exitCode = EXIT_FAILED;
    if (found.depth?.stoppedAt) throw stopped(found.depth, found.depth.stoppedAt);
  }

  async #verify({ deep, from }: VerifyOptions): Promise<Verification> {
    const { kafka: settings, batch } = this.connections.settings;
    const reader = await this.connections.ledger();
    const subject = { kafka: this.connections.kafka(), settings, reader, maxBytes: batch.eventMaxBytes };
    if (deep !== true) return verify(subject, null);
    const { signal, forget } = interruption();
    return verify(subject, { from: from ?? null, signal }).finally(forget);
  }
}

function stopped({ fault }: DeepReport, at: Position): OperationError {
  const why = fault === null ? 'Stopped by a signal.' : faultText(fault);
  return new OperationError(
    `${why}\nWhat lies behind is not compared: go on with --deep --from ${positionText(at)}.`,
  );
}
