import { Module } from '@nestjs/common';
import { CheckpointsCommand } from './checkpoints/checkpoints.command.js';
import { Connections } from './connections.js';
import { DeadLettersCommand } from './dead-letters/dead-letters.command.js';
import { CompletionCommand } from './completion/completion.command.js';
import { Program } from './commands/program.js';
import { SchemaCommand } from './schema/schema.command.js';
import { VerifyCommand } from './verify/verify.command.js';
import { VerifySnowflakeCommand } from './verify-snowflake/verify-snowflake.command.js';

/** The command line for operators. */
@Module({
  providers: [
    Program,
    Connections,
    ...DeadLettersCommand.registerWithSubCommands(),
    ...SchemaCommand.registerWithSubCommands(),
    ...CheckpointsCommand.registerWithSubCommands(),
    CompletionCommand,
    VerifyCommand,
    VerifySnowflakeCommand,
  ],
})
export class OperatorModule {}
