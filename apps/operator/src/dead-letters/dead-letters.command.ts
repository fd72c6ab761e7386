import { Command } from 'nest-commander';
import { CommandGroup } from '../commands/operator-command.js';
import { ExportCommand } from './export.command.js';
import { ListCommand } from './list.command.js';
import { RedriveCommand } from './redrive.command.js';
import { ResolveCommand } from './resolve.command.js';
import { ShowCommand } from './show.command.js';

@Command({
  name: 'dead-letters',
  description: 'the events that could not be stored: why, with what in them, and what to do about it',
  subCommands: [ListCommand, ShowCommand, ExportCommand, RedriveCommand, ResolveCommand],
})
export class DeadLettersCommand extends CommandGroup {}
