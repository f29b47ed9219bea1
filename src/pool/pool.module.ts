import { Module } from '@nestjs/common';

/** Who holds the connections of the pool, for how long, and whether they still work. */
@Module({})
export class PoolModule {}
