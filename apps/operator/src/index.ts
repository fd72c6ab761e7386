export type { CommanderCommand } from './commands/operator-command.js';
export { Program } from './commands/program.js';
export { OperatorModule } from './operator.module.js';
