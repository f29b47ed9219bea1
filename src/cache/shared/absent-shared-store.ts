import { type LeaseAnswer, SharedStore } from './shared-store.js';

/** Stands in when there is no Redis: nothing is stored, and everybody may load. */
export class AbsentSharedStore extends SharedStore {
  read(): Promise<null> {
    return Promise.resolve(null);
  }

  lease(): Promise<LeaseAnswer> {
    return Promise.resolve({ kind: 'leased', epoch: null, sequence: null });
  }

  fill(): Promise<boolean> {
    return Promise.resolve(true);
  }

  extend(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async release(): Promise<void> {
    // Nobody waits.
  }

  async drop(): Promise<void> {
    // Nothing is there.
  }
}
