import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { StartupModule } from '../startup/startup.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

@Module({
  // Its own log line for each failed probe would repeat what the fault itself has said.
  imports: [TerminusModule.forRoot({ logger: false }), IngestionModule, StartupModule],
  controllers: [HealthController],
  providers: [HealthService],
  exports: [HealthService],
})
export class HealthModule {}
