import { PendingPoints, pointsBySource, pointsFrame } from './point-frames.js';

const arrivedAt = new Date('2026-01-01T00:00:00Z');

describe('frames of points', () => {
  it('hold the points of one source as they came, with one time zone and nulls', () => {
    const events = [
      {
        scraperSource: 'a',
        metricType: 'm',
        success: true,
        createdAt: '2026-01-01T02:00:00+02:00',
        itemsExtracted: 3,
      },
      { scraperSource: 'b', metricType: 'm', success: true },
      { scraperSource: 'a', metricType: 'n', success: false, scrapeDurationMs: 1.5 },
    ];
    const pending = new PendingPoints(10);

    const points = pointsBySource({ events, arrivedAt }, (source) => source !== 'b');
    pending.add(points.get('a') ?? []);
    const { frame, position } = pointsFrame('a "quoted"', { seq: 7, payload: pending.take().payload }, 'e');

    expect([...points.keys()]).toEqual(['a']);
    expect(position).toEqual({ seq: 7, epoch: 'e' });
    const createdAt = '2026-01-01T00:00:00.000Z';
    const nothing = { navigationDurationMs: null, scrapeDurationMs: null, itemsExtracted: null };
    expect(JSON.parse(frame.toString())).toEqual({
      ...{ type: 'metrics.batch', source: 'a "quoted"', seq: 7, epoch: 'e', dropped: 0 },
      points: [
        { ...nothing, metricType: 'm', createdAt, success: true, itemsExtracted: 3 },
        { ...nothing, metricType: 'n', createdAt, success: false, scrapeDurationMs: 1.5 },
      ],
    });
  });

  it('keep the newest points, by number and by bytes, and say how many were left out', () => {
    const [few, small] = [new PendingPoints(3), new PendingPoints(1_000)];

    few.add(['1', '2']);
    few.add(['3', '4', '5']);
    for (let each = 0; each < 10; each += 1) small.add([`"${String(each).repeat(16_000)}"`]);

    expect(few.take().payload).toBe('"dropped":2,"points":[3,4,5]');
    expect(few.isEmpty).toBe(true);
    const { dropped, payload } = small.take();
    expect(dropped).toBe(6);
    expect(payload).toContain('99999999');
  });
});
