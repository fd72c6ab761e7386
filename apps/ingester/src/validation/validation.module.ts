import { Module } from '@nestjs/common';
import { EventJudge } from '#events';
import { MessageJudge } from '#pipeline';
import { BatchSettings } from '#settings';

/** Decoding and validation per event type; the DTO classes are in libs/events. */
@Module({
  providers: [
    {
      provide: MessageJudge,
      inject: [BatchSettings],
      useFactory: ({ eventMaxBytes, eventMaxValues }: BatchSettings) =>
        new MessageJudge(new EventJudge({ maxBytes: eventMaxBytes, maxValues: eventMaxValues })),
    },
  ],
  exports: [MessageJudge],
})
export class ValidationModule {}
