import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { commandGroup, OperatorCommand } from '../commands/operator-command.js';
import { ContractsCheckCommand } from './contracts-check.command.js';
import { ContractsExportCommand } from './contracts-export.command.js';

@Injectable()
export class ContractsCommand extends OperatorCommand {
  constructor(
    private readonly check: ContractsCheckCommand,
    private readonly exporting: ContractsExportCommand,
  ) {
    super();
  }

  override define(): Command {
    return commandGroup('contracts', 'check a change of the contracts against real records', [
      this.check,
      this.exporting,
    ]);
  }
}
