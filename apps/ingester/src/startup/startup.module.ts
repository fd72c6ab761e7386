import { Module } from '@nestjs/common';
import { WarehouseModule } from '#warehouse';
import { KafkaClientModule } from '../kafka-client.module.js';
import { StartupChecks } from './startup-checks.js';

@Module({
  imports: [KafkaClientModule, WarehouseModule],
  providers: [StartupChecks],
  exports: [StartupChecks],
})
export class StartupModule {}
