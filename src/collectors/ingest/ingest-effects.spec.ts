import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { CacheEvent, CacheEvents, InvalidationReceipt } from '../../cache/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import type { Peers } from '../../platform/scheduling/index.js';
import { MetricRegistry, renderPrometheus } from '../../platform/telemetry/index.js';
import { CollectorsMetrics } from '../collectors-metrics.js';
import { CachedAnswers } from './cached-answers.js';
import { EVENTS_STORED, type EventsStored } from './events-stored.js';
import { IngestEffects } from './ingest-effects.js';

const SHOP = { scraperSource: 'shop', metricType: 'price' };
const DONE: InvalidationReceipt = { reach: 'everywhere', sequence: 1, widenedTo: [] };

describe('IngestEffects', () => {
  let clock: FakeClock;
  let logger: CollectingLogger;
  let announced: CacheEvent[];
  let announce: () => Promise<InvalidationReceipt>;
  let known: () => Promise<void>;
  let effects: IngestEffects;
  let told: DomainEvents;
  let registry: MetricRegistry;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new CollectingLogger();
    announced = [];
    announce = () => Promise.resolve(DONE);
    known = () => Promise.resolve();
    const events = {
      announce: (event: CacheEvent) => {
        announced.push(event);
        return announce();
      },
    };
    registry = new MetricRegistry();
    told = new DomainEvents(registry, logger);
    effects = new IngestEffects(
      new CachedAnswers(events as unknown as CacheEvents, { known: () => known() } as unknown as Peers),
      told,
      clock,
      new CollectorsMetrics(registry),
      logger,
    );
  });

  async function settles(promise: Promise<void>, afterMs = 0): Promise<boolean> {
    let isSettled = false;
    void promise.then(() => (isSettled = true));
    await clock.advance(afterMs);
    return isSettled;
  }

  it('announces each series once, and nothing for nothing', async () => {
    await effects.changed('7', [SHOP, { ...SHOP }, { ...SHOP, metricType: 'stock' }]);
    await effects.changed('7', []);
    await effects.changed('7', 'all');
    await effects.expired();

    expect(announced).toEqual([
      { type: 'metrics.ingested', tenantId: '7', series: [SHOP, { ...SHOP, metricType: 'stock' }] },
      { type: 'metrics.ingested', tenantId: '7', series: 'all' },
      { type: 'metrics.expired' },
    ]);
    expect(logger.lines).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('ends when the cache and the other instances know', async () => {
    let tell = (): void => undefined;
    known = () => new Promise((resolve) => (tell = resolve));
    const changed = effects.changed('7', [SHOP]);

    expect(await settles(changed, 2_500)).toBe(false);
    tell();
    expect(await settles(changed)).toBe(true);
    expect(logger.lines).toEqual([]);
  });

  it('counts stored events, and tells them to whoever listens', () => {
    const heard: EventsStored[] = [];
    told.subscribe(EVENTS_STORED, (stored) => heard.push(stored));
    const stored = { tenantId: '7', arrivedAt: clock.now(), events: [{ ...SHOP, success: true }] };

    effects.stored(stored);

    expect(heard).toEqual([stored]);
    expect(renderPrometheus(registry, 'text')).toContain('\ncollectors_events_total 1\n');
  });

  it.each([
    ['rejects', () => Promise.reject(new TypeError('down'))],
    [
      'throws',
      () => {
        throw new TypeError('down');
      },
    ],
  ])('fails nothing when the cache %s, and says so', async (_how, failing) => {
    announce = failing;

    await effects.changed('7', [SHOP]);

    expect(logger.messages('warn')).toHaveLength(1);
    expect(logger.lines[0]?.fields).toMatchObject({
      event: 'metrics.ingested',
      err: expect.any(TypeError) as Error,
    });
  });

  it('waits 4 s at most for a cache that does not answer, and says so', async () => {
    announce = () => new Promise(() => undefined);
    const changed = effects.changed('7', [SHOP]);

    expect(await settles(changed, 3_900)).toBe(false);
    expect(await settles(changed, 200)).toBe(true);
    expect(logger.lines[0]?.fields).toEqual({ event: 'metrics.ingested', waitedMs: 4_000 });
  });
});
