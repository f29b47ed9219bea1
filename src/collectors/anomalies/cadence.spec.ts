import { Cadence } from './cadence.js';

describe('Cadence', () => {
  it('learns the usual distance of points, and counts a gap in it', () => {
    const cadence = new Cadence(undefined);
    let at = 0;
    for (let point = 0; point < 100; point += 1) cadence.note((at += point % 10 === 9 ? 50_000 : 1_000));

    expect(cadence.stepMs).toBe(1_000);
    expect(cadence.elapsed(at + 7_000)).toBe(7);
  });

  it('follows a change of pace', () => {
    const cadence = new Cadence(undefined);
    let at = 0;
    for (let point = 0; point < 200; point += 1) cadence.note((at += point < 100 ? 1_000 : 5_000));

    expect(cadence.stepMs).toBe(5_000);
  });

  it('keeps a distance that is given', () => {
    const cadence = new Cadence(300_000);
    for (let point = 0; point < 100; point += 1) cadence.note(point);

    expect(cadence.stepMs).toBe(300_000);
  });

  it('is not led back by a point that comes late', () => {
    const cadence = new Cadence(1_000);
    cadence.note(10_000);
    cadence.note(5_000);

    expect(cadence.elapsed(11_000)).toBe(1);
    expect(cadence.elapsed(4_000)).toBe(1);
  });
});
