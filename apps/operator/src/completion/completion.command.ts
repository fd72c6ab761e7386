import { Command, InjectCommander } from 'nest-commander';
import { OperatorCommand, type CommanderCommand } from '../commands/operator-command.js';
import { parseWord } from '../parse.js';
import { completedCommands } from './command-tree.js';
import { completionScript, SHELLS } from './shells.js';

@Command({
  name: 'completion',
  arguments: '<shell>',
  argsDescription: { shell: SHELLS.join(', ') },
  description: 'prints the script by which a shell completes these commands',
})
export class CompletionCommand extends OperatorCommand {
  override readonly examples = ['completion bash', 'completion zsh', 'completion fish'];

  constructor(@InjectCommander() private readonly program: CommanderCommand) {
    super();
  }

  override run([shell = '']: string[]): Promise<void> {
    const script = completionScript[parseWord('The shell', shell, SHELLS)];
    process.stdout.write(script(completedCommands(this.program)));
    return Promise.resolve();
  }
}
