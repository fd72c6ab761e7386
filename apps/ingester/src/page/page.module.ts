import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { LivePage } from './live-page.js';
import { PageSwitch } from './page-switch.js';
import { PageController } from './page.controller.js';

@Module({
  imports: [HealthModule, IngestionModule],
  controllers: [PageController],
  providers: [LivePage, PageSwitch],
})
export class PageModule {}
