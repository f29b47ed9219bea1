import { Slot } from './connections/slot.js';
import { describeHolder, stateOf } from './holders.js';
import type { BackendState } from './server/activity.repository.js';

const STATE: BackendState = {
  pid: 7,
  backendStart: '2026-01-01 00:00:00+00',
  state: 'idle in transaction',
  waitEventType: null,
  waitEvent: null,
  query: "UPDATE things SET name = 'hidden'",
  stateMs: 1,
  transactionMs: 1,
  blockedBy: [],
};

function slotOf(processID: number): Slot {
  return new Slot({ processID, query: () => Promise.resolve(), once: () => undefined }, 0);
}

describe('stateOf', () => {
  it('is the state of the process that was seen first, and of no later one with its id', () => {
    const slot = slotOf(7);
    const later = { ...STATE, backendStart: '2026-01-02 00:00:00+00' };

    expect(stateOf(slot, new Map([[7, STATE]]))).toBe(STATE);
    expect(stateOf(slot, new Map([[7, later]]))).toBeUndefined();
    expect(stateOf(slotOf(8), new Map([[7, STATE]]))).toBeUndefined();
  });
});

describe('describeHolder', () => {
  it('says what is known, with the text of the server where none was noted, and without values', () => {
    const slot = slotOf(7);
    slot.take(100, { requestId: 'r', route: () => 'GET /x', tenantId: 't' }, { at: 'a.ts:1', stack: [] });

    expect(describeHolder(slot, 350.4, STATE)).toEqual({
      site: 'a.ts:1',
      heldMs: 250,
      lastSql: 'UPDATE things SET name = ?',
      serverState: 'idle in transaction',
      requestId: 'r',
      route: 'GET /x',
      job: null,
      tenantId: 't',
      backendPid: 7,
    });
  });

  it('names those a victim waits for', () => {
    const victim = { ...STATE, state: 'active', waitEventType: 'Lock', blockedBy: [3, 5] };

    expect(describeHolder(slotOf(7), 0, victim).serverState).toBe('active, waits for a lock of 3, 5');
    expect(describeHolder(slotOf(7), 0, undefined)).toMatchObject({ serverState: null, lastSql: null });
  });
});
