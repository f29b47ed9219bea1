import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from '../../kernel/clock.js';
import { Ids, RandomIds } from '../../kernel/ids.js';

/** Provides the kernel's two windows on the outside world, time and randomness, everywhere. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: Ids, useClass: RandomIds },
  ],
  exports: [Clock, Ids],
})
export class RuntimeModule {}
