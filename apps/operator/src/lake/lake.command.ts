import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { commandGroup, OperatorCommand } from '../commands/operator-command.js';
import { LakeReplayCommand } from './replay/lake-replay.command.js';
import { LakeVerifyCommand } from './verify/lake-verify.command.js';

@Injectable()
export class LakeCommand extends OperatorCommand {
  constructor(
    private readonly verify: LakeVerifyCommand,
    private readonly replay: LakeReplayCommand,
  ) {
    super();
  }

  override define(): Command {
    return commandGroup('lake', 'check the lake, and load a warehouse from it', [this.verify, this.replay]);
  }
}
