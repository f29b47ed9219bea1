import type { PresentConnection } from '../coordination/shared-presence.js';

/** Who is in a layout at one moment. */
export class Roster {
  constructor(
    /** JSON of the list, as the protocol tells it: for frames, without making it anew. */
    readonly text: string,
  ) {}

  /** The same as values. */
  get users(): readonly PresentConnection[] {
    return JSON.parse(this.text) as PresentConnection[];
  }
}
