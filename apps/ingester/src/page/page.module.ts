import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { StartupModule } from '../startup/startup.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { LetterTable } from './letter-table.js';
import { LivePage } from './live-page.js';
import { PageAccess } from './page-access.js';
import { PageController } from './page.controller.js';
import { RedriveSender } from './workbench/redrive-sender.js';
import { WorkbenchAccess } from './workbench/workbench-access.js';
import { Workbench } from './workbench/workbench.js';
import { WorkbenchController } from './workbench/workbench.controller.js';

@Module({
  imports: [HealthModule, IngestionModule, StartupModule, ValidationModule],
  controllers: [PageController, WorkbenchController],
  providers: [LivePage, LetterTable, PageAccess, RedriveSender, Workbench, WorkbenchAccess],
})
export class PageModule {}
