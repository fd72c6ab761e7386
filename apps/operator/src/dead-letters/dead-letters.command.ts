import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { commandGroup, OperatorCommand } from '../commands/operator-command.js';
import { ExportCommand } from './export.command.js';
import { ListCommand } from './list.command.js';
import { RedriveCommand } from './redrive/redrive.command.js';
import { ResolveCommand } from './resolve.command.js';
import { ShowCommand } from './show.command.js';

@Injectable()
export class DeadLettersCommand extends OperatorCommand {
  constructor(
    private readonly list: ListCommand,
    private readonly show: ShowCommand,
    private readonly exportAll: ExportCommand,
    private readonly redrive: RedriveCommand,
    private readonly resolve: ResolveCommand,
  ) {
    super();
  }

  override define(): Command {
    return commandGroup('dead-letters', 'inspect, redrive and resolve the events that could not be stored', [
      this.list,
      this.show,
      this.exportAll,
      this.redrive,
      this.resolve,
    ]);
  }
}
