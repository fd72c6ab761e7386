export { OperatorProgram } from './commands/operator-program.js';
export { OperatorModule } from './operator.module.js';
export { runOperator } from './run-operator.js';
