import { Pace } from './pace.js';

const fail = (): Promise<void> => Promise.reject(new TypeError('away'));
const succeed = (): Promise<void> => Promise.resolve();

describe('Pace', () => {
  it('keeps the period while looks are quick', () => {
    expect(new Pace(1_000).nextDelayMs(1)).toBe(999);
  });

  it('pauses longer after looks that take long', () => {
    expect(new Pace(1_000).nextDelayMs(500)).toBe(10_000);
    expect(new Pace(1_000).nextDelayMs(60_000)).toBe(60_000);
  });

  it('looks ever more seldom while looks fail, and at its pace again when one succeeds', async () => {
    const pace = new Pace(1_000);
    const delays: number[] = [];
    for (let look = 0; look < 8; look += 1) {
      await expect(pace.run(fail)).rejects.toThrow('away');
      delays.push(pace.nextDelayMs(1));
    }
    await pace.run(succeed);

    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(pace.nextDelayMs(1)).toBe(999);
  });

  it('never looks more often than it was told to', async () => {
    const pace = new Pace(120_000);
    await expect(pace.run(fail)).rejects.toThrow('away');

    expect(pace.nextDelayMs(1)).toBe(120_000);
  });
});
