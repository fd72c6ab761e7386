import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { contractSchema, DTO_CLASSES } from '#events';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { Terminal } from '../output/terminal.js';

const EXAMPLES = ['contracts export >running.json'];

@Injectable()
export class ContractsExportCommand extends OperatorCommand {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  override define(): Command {
    return command('export', "print this build's contracts as a list of JSON Schemas", EXAMPLES).action(
      () => {
        this.terminal.json(DTO_CLASSES.map((dtoClass) => contractSchema(dtoClass)));
      },
    );
  }
}
