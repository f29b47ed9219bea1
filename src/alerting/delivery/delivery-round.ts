import { Injectable } from '@nestjs/common';
import { retry } from '../../kernel/retry.js';
import { SendAttempt } from './attempt.js';
import { DeliveryRepository, type Lease } from './delivery.repository.js';
import { DeliverySurroundings } from './delivery-surroundings.js';
import { DeliveryTurns, type Turn } from './delivery-turns.js';
import { HeldLease } from './held-lease.js';
import { DeliveryRecord, type EndedAttempt } from './record.js';

/** What was told must be written down, or it is told twice: as long as that fails, it is tried. */
const RECORDING = { firstDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 15_000, isRetryable: () => true };

/** A leased receiver gets one message. */
@Injectable()
export class DeliveryRound {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly turns: DeliveryTurns,
    private readonly attempts: SendAttempt,
    private readonly record: DeliveryRecord,
    private readonly around: DeliverySurroundings,
  ) {}

  /** Leases a receiver that something is due for. Never rejects: a database that is away has no work. */
  async claim(owner: string): Promise<{ lease: Lease; held: HeldLease } | undefined> {
    const { clock } = this.around;
    const claimedAtMs = clock.monotonic();
    try {
      const lease = await this.deliveries.claim(owner);
      return lease && { lease, held: new HeldLease(lease, this.deliveries, clock, claimedAtMs) };
    } catch (error) {
      this.around.failed('claim', error);
      return undefined;
    }
  }

  /** Never rejects. @param stopping aborts when attempts are to end at once */
  async run(lease: Lease, held: HeldLease, stopping: AbortSignal): Promise<void> {
    try {
      const turn = await this.turns.next(lease);
      if (turn === undefined) await this.record.giveBack(lease);
      else if (held.isHeld()) await this.tell(lease, turn, AbortSignal.any([held.lost, stopping]));
    } catch (error) {
      // The lease runs out, and somebody goes on.
      this.around.failed('turn', error, { receiverId: lease.receiverId });
    } finally {
      held.stop();
    }
  }

  private async tell(lease: Lease, { receiver, message, content }: Turn, lost: AbortSignal): Promise<void> {
    const outcome = await this.attempts.send(receiver, content, lost);
    const ended: EndedAttempt = { lease, receiver, message, outcome };
    const fraction = this.around.ids.fraction();
    const recorded = await retry(() => this.record.write(ended, fraction), RECORDING, this.around);
    this.around.told(receiver, message, recorded, outcome);
  }
}
