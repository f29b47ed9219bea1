import type { BackOff } from './back-off.js';
import { Flight, type FlightParts, type FlightRequest, type Landed } from './flight.js';
import { isRefusal } from './refusal.js';

/** One flight a key, however many readers wait for it. */
export class Flights {
  private readonly open = new Map<string, Flight>();

  constructor(
    private readonly parts: FlightParts,
    private readonly backOff: BackOff,
  ) {}

  /** Loads under way. */
  get size(): number {
    return this.open.size;
  }

  /** Whether the value of `key` is being loaded. */
  isOpen(key: string): boolean {
    return this.open.has(key);
  }

  /** What is under way for a key already, if whoever comes now may have it without a look afterwards. */
  join(key: string): Promise<Landed> | undefined {
    const flight = this.joinable(key);
    return flight?.mayInherit === true ? undefined : flight?.landed;
  }

  /** @throws what the loader throws, to all who wait for it */
  async fly(request: FlightRequest): Promise<Landed> {
    const joined = this.joinable(request.key);
    const landed = await (joined ?? this.start(request)).landed;
    // Who joined may have come after the invalidation of a name that was only known at the end.
    const isTooOld = joined?.mayInherit === true && !joined.isCurrent();
    // Whatever is under way by now began after this call, and is new enough for it.
    return isTooOld ? (this.joinable(request.key) ?? this.start(request)).landed : landed;
  }

  /** The same behind a value that can still be answered; undefined when the load fails or pauses after failures. */
  async refresh(request: FlightRequest): Promise<Landed | undefined> {
    try {
      return await this.fly(request);
    } catch {
      // Counted where it failed; readers have a value, and the next one tries again.
      return undefined;
    }
  }

  detach(key: string): void {
    this.open.get(key)?.detach();
    this.open.delete(key);
  }

  private joinable(key: string): Flight | undefined {
    const flight = this.open.get(key);
    return flight?.isCurrent() === true ? flight : undefined;
  }

  private start(request: FlightRequest): Flight {
    const { key } = request;
    const pausing = this.backOff.pausing(key);
    if (pausing !== undefined) throw pausing.error;
    const flight = new Flight(this.parts, request);
    this.open.set(key, flight);
    const end = (): void => {
      if (this.open.get(key) === flight) this.open.delete(key);
    };
    flight.landed.then(
      () => {
        end();
        this.backOff.succeeded(key);
      },
      (error: unknown) => {
        end();
        // Whoever asks after what was missing is there must not be told the old answer.
        if (isRefusal(error)) this.backOff.succeeded(key);
        else this.backOff.failed(key, error);
      },
    );
    return flight;
  }
}
