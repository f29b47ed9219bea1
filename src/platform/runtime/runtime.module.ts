import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from '../../kernel/clock.js';
import { Ids, RandomIds } from '../../kernel/ids.js';

/** DI token of the signal that aborts when the start should end: whatever waits at the start listens to it. */
export const START_INTERRUPTED = Symbol('START_INTERRUPTED');

/** Provides the kernel's two windows on the outside world, time and randomness, everywhere. */
@Global()
@Module({})
export class RuntimeModule {
  static forRoot(startInterrupted: AbortSignal): DynamicModule {
    return {
      module: RuntimeModule,
      providers: [
        { provide: Clock, useClass: SystemClock },
        { provide: Ids, useClass: RandomIds },
        { provide: START_INTERRUPTED, useValue: startInterrupted },
      ],
      exports: [Clock, Ids, START_INTERRUPTED],
    };
  }
}
