import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { commandGroup, OperatorCommand } from '../commands/operator-command.js';
import { LakeCompactCommand } from './compact/lake-compact.command.js';
import { LakeReplayCommand } from './replay/lake-replay.command.js';
import { LakeVerifyCommand } from './verify/lake-verify.command.js';

@Injectable()
export class LakeCommand extends OperatorCommand {
  constructor(
    private readonly verify: LakeVerifyCommand,
    private readonly replay: LakeReplayCommand,
    private readonly compact: LakeCompactCommand,
  ) {
    super();
  }

  override define(): Command {
    return commandGroup('lake', 'check the lake, load a warehouse from it, and write Parquet for analysts', [
      this.verify,
      this.replay,
      this.compact,
    ]);
  }
}
