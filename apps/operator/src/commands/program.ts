import { Injectable } from '@nestjs/common';
import { InjectCommander } from 'nest-commander';
import { serviceVersion } from '#settings';
import type { CommanderCommand } from './operator-command.js';
import { endWithOurCodes } from './operator-command.js';

const NAME = 'operator';
const DESCRIPTION = `Looks after the sales events on their way from Kafka into the warehouse.
It is configured by the same environment variables as the service.`;
const EXIT_CODES = `
Exit codes: 0 done; 1 failed; 2 the command line is wrong; 78 the configuration is wrong.`;

/** The command above all others. */
@Injectable()
export class Program {
  constructor(@InjectCommander() readonly command: CommanderCommand) {
    command
      .name(NAME)
      .description(DESCRIPTION)
      .version(serviceVersion(), '--version', 'print the version')
      .addHelpText('afterAll', EXIT_CODES);
    endWithOurCodes(command);
  }
}
