import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController, HealthReporting, HealthService } from '#service';
import { MessageValidator } from '#pipeline';
import { Metrics } from '#telemetry';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { StartupModule } from '../startup/startup.module.js';
import { ValidationModule } from '../validation/validation.module.js';

@Module({
  // A log line for each failed probe would only repeat the fault's own.
  imports: [TerminusModule.forRoot({ logger: false }), IngestionModule, StartupModule, ValidationModule],
  controllers: [HealthController],
  providers: [
    {
      provide: HealthReporting,
      inject: [Metrics, MessageValidator],
      useFactory: ({ partitions, health }: Metrics, { nearMisses }: MessageValidator): HealthReporting => ({
        name: 'ingestion',
        membershipFrom: (isMember) => {
          partitions.membershipFrom(isMember);
        },
        readinessFrom: (notReady) => {
          health.readinessFrom(notReady);
        },
        openTransactionsFrom: (openTransactions) => {
          partitions.openTransactionsFrom(openTransactions);
        },
        remarks: () => nearMisses.sentences(),
      }),
    },
    HealthService,
  ],
  exports: [HealthService],
})
export class HealthModule {}
