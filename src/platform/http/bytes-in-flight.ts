import { BodiesBusyError } from './errors.js';

/** The part of the bound that one request holds. */
export interface HeldBytes {
  /** @throws BodiesBusyError HTTP_BODIES_BUSY */
  take(bytes: number): void;
  /** Gives back everything, for good: what is taken later does not count. */
  release(): void;
}

/**
 * Bounds the bytes of all JSON bodies that are being read or worked on: parsed, a body is several times as
 * large as its text, and many large ones at once would end the process.
 */
export class BytesInFlight {
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** A request's own account, empty at first. */
  open(): HeldBytes {
    let own = 0;
    let isOpen = true;
    return {
      take: (bytes) => {
        // The rest of a body that was given up: it is thrown away, and its sender cut off soon.
        if (!isOpen) return;
        if (this.heldBytes + bytes > this.maxBytes) throw new BodiesBusyError(this.maxBytes);
        this.heldBytes += bytes;
        own += bytes;
      },
      release: () => {
        this.heldBytes -= own;
        own = 0;
        isOpen = false;
      },
    };
  }
}
