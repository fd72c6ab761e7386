import { Module } from '@nestjs/common';
import { EventValidator } from '#events';
import { MessageValidator } from '#pipeline';
import { BatchSettings } from '#settings';

/** Decoding and validation per event type; the DTO classes are in libs/events. */
@Module({
  providers: [
    {
      provide: MessageValidator,
      inject: [BatchSettings],
      useFactory: ({ eventMaxBytes, eventMaxValues, unknownEventTypes }: BatchSettings) =>
        new MessageValidator(
          new EventValidator({
            maxBytes: eventMaxBytes,
            maxValues: eventMaxValues,
            unknownTypes: unknownEventTypes,
          }),
        ),
    },
  ],
  exports: [MessageValidator],
})
export class ValidationModule {}
