import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { Terminal } from '../output/terminal.js';
import { parseWord } from '../parse.js';
import { completedCommands } from './command-tree.js';
import { completionScript, SHELLS, type Shell } from './shells.js';

const EXAMPLES = ['completion bash', 'completion zsh', 'completion fish'];

@Injectable()
export class CompletionCommand extends OperatorCommand {
  constructor(private readonly terminal: Terminal) {
    super();
  }

  override define(): Command {
    return command('completion', 'print the completion script for a shell', EXAMPLES)
      .argument('<shell>', SHELLS.join(', '), (text) => parseWord('The shell', text, SHELLS))
      .action((shell: Shell, _options: object, { parent }: Command) => {
        const commands = parent === null ? [] : completedCommands(parent);
        this.terminal.stdout.write(completionScript[shell](commands));
      });
  }
}
