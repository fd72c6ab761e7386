import { Module, type DynamicModule } from '@nestjs/common';
import { CheckpointsListCommand } from './checkpoints/checkpoints-list.command.js';
import { CheckpointsPassCommand } from './checkpoints/checkpoints-pass.command.js';
import { CheckpointsSetCommand } from './checkpoints/checkpoints-set.command.js';
import { CheckpointsToSqlCommand } from './checkpoints/checkpoints-to-sql.command.js';
import { CheckpointsCommand } from './checkpoints/checkpoints.command.js';
import { OperatorProgram } from './commands/operator-program.js';
import { CompletionCommand } from './completion/completion.command.js';
import { Connections } from './connections.js';
import { ContractsCheckCommand } from './contracts/contracts-check.command.js';
import { ContractsExportCommand } from './contracts/contracts-export.command.js';
import { ContractsCommand } from './contracts/contracts.command.js';
import { OperatorContext } from './context.js';
import { DeadLettersCommand } from './dead-letters/dead-letters.command.js';
import { ExportCommand } from './dead-letters/export.command.js';
import { ListCommand } from './dead-letters/list.command.js';
import { RedriveCommand } from './dead-letters/redrive/redrive.command.js';
import { ResolveCommand } from './dead-letters/resolve.command.js';
import { ShowCommand } from './dead-letters/show.command.js';
import { LakeCommand } from './lake/lake.command.js';
import { LakeCompactCommand } from './lake/compact/lake-compact.command.js';
import { LakeReplayCommand } from './lake/replay/lake-replay.command.js';
import { ReplayRun } from './lake/replay/replay-run.js';
import { WarehouseReplay } from './lake/replay/warehouse-replay.js';
import { TopicReplay } from './lake/republish/topic-replay.js';
import { LakeVerifyCommand } from './lake/verify/lake-verify.command.js';
import { Terminal } from './output/terminal.js';
import { SchemaApplyCommand } from './schema/schema-apply.command.js';
import { SchemaPlanCommand } from './schema/schema-plan.command.js';
import { SchemaCommand } from './schema/schema.command.js';
import { SqlConsole } from './sql/sql-console.js';
import { SqlRunner } from './sql/sql-runner.js';
import { SqlCommand } from './sql/sql.command.js';
import { VerifySnowflakeCommand } from './verify-snowflake/verify-snowflake.command.js';
import { VerifyCommand } from './verify/verify.command.js';

/** The operator's command line. */
@Module({
  providers: [
    OperatorProgram,
    Connections,
    Terminal,
    DeadLettersCommand,
    ...[ListCommand, ShowCommand, ExportCommand, RedriveCommand, ResolveCommand],
    SchemaCommand,
    ...[SchemaPlanCommand, SchemaApplyCommand],
    CheckpointsCommand,
    ...[CheckpointsListCommand, CheckpointsPassCommand, CheckpointsSetCommand, CheckpointsToSqlCommand],
    LakeCommand,
    ...[LakeVerifyCommand, LakeReplayCommand, LakeCompactCommand, ReplayRun, WarehouseReplay, TopicReplay],
    ContractsCommand,
    ...[ContractsCheckCommand, ContractsExportCommand],
    CompletionCommand,
    ...[SqlCommand, SqlConsole, SqlRunner],
    VerifyCommand,
    VerifySnowflakeCommand,
  ],
})
export class OperatorModule {
  static in(context: OperatorContext): DynamicModule {
    return { module: OperatorModule, providers: [{ provide: OperatorContext, useValue: context }] };
  }
}
