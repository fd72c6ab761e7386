import type { EventRepository } from '#pipeline';
import type { SimulatedWarehouse, WarehouseUser } from '../simulated-warehouse.js';
import { ModelRepository, PreparingRepository } from './model-repository.js';
import { ModelTables } from './model-tables.js';

/** A warehouse in memory, and the way of each process to it. */
export class ModelWarehouse extends ModelTables implements SimulatedWarehouse {
  repository(process: WarehouseUser, preparesAhead: boolean): EventRepository {
    return preparesAhead ? new PreparingRepository(this, process) : new ModelRepository(this, process);
  }
}
