import { Command } from 'nest-commander';
import { CommandGroup } from '../commands/operator-command.js';
import { CheckpointsListCommand } from './checkpoints-list.command.js';
import { CheckpointsPassCommand } from './checkpoints-pass.command.js';
import { CheckpointsSetCommand } from './checkpoints-set.command.js';

@Command({
  name: 'checkpoints',
  description: 'where the service goes on reading, partition by partition',
  subCommands: [CheckpointsListCommand, CheckpointsPassCommand, CheckpointsSetCommand],
})
export class CheckpointsCommand extends CommandGroup {}
