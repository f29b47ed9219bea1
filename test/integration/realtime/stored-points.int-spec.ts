import { readSettings } from '../../../src/config/index.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { PointWriter } from '../../../src/realtime/relays/point-writer.js';
import { RelayFigures } from '../../../src/realtime/relays/relay-figures.js';
import { StoredPoints } from '../../../src/realtime/relays/stored-points.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { type PresenceInstance, startPresence } from '../../support/presence.js';
import { redisUrl } from '../../support/test-servers.js';

const TENANT = '1';
const keyOf = (source: string): string => `${TENANT}:source:${source}`;

describe('points that one instance stores', () => {
  let here: PresenceInstance;
  let there: PresenceInstance;
  let writer: PointWriter;
  let points: StoredPoints;

  beforeAll(async () => {
    const options = { url: redisUrl(), namespace: `points-${process.pid}` };
    [here, there] = await Promise.all([startPresence(options), startPresence(options)]);
    const figures = new RelayFigures(new MetricRegistry(), new CollectingLogger());
    writer = new PointWriter(there.log, new SystemClock(), figures, readSettings({}).webSocket);
    points = new StoredPoints(there.log, writer);
  });
  afterAll(async () => {
    writer.onApplicationShutdown();
    await Promise.all([here.close(), there.close()]);
  });

  const store = (source: string, ...durations: readonly number[]): void => {
    const events = durations.map((scrapeDurationMs) => ({
      ...{ scraperSource: source, metricType: 'm', success: true, scrapeDurationMs },
    }));
    points.add({ tenantId: TENANT, arrivedAt: new Date(), events });
  };
  const durationsOf = (payload: string): number[] =>
    [...payload.matchAll(/"scrapeDurationMs":(\d+)/g)].map(([, digits]) => Number(digits));

  it('are heard on another one from the moment that it follows their source, however soon that is', async () => {
    for (let turn = 0; turn < 25; turn += 1) {
      const heard: number[] = [];
      const source = `soon ${turn}`;
      const end = here.log.listen(
        keyOf(source),
        ({ payload }) => heard.push(...durationsOf(payload)),
        () => undefined,
      );

      await here.log.end(keyOf(source));
      store(source, 1, 2);
      store(source, 3);

      await eventually(() => expect(heard).toEqual([1, 2, 3]));
      end();
    }
  });

  it('are not logged when nobody follows their source', async () => {
    store('nobody', 1);
    store('somebody', 1);
    const before = await there.log.followed([keyOf('nobody')]);
    await here.log.end(keyOf('somebody'));

    expect([...before]).toEqual([]);
    expect([...(await there.log.followed(['nobody', 'somebody'].map(keyOf)))]).toEqual([keyOf('somebody')]);
  });
});
