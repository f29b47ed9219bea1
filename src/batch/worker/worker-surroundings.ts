import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';

/** Time and names for workers. */
@Injectable()
export class WorkerSurroundings {
  constructor(
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}
}
