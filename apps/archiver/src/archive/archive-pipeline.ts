import { IngestionPipeline, type PipelineStatus } from '#pipeline';
import { inWordsOfTheLake } from './lake-faults.js';

/** The pipeline of the ingester with the lake as its warehouse, and no record that it rejects. */
export class ArchivePipeline extends IngestionPipeline {
  override status(): PipelineStatus {
    const { blocked, ...status } = super.status();
    return { ...status, blocked: blocked.map(inWordsOfTheLake) };
  }
}
