import { firingAlert } from '../../support/alert-delivery.js';
import { useDelivery } from '../../support/use-delivery.js';

const ALERTS = 10_000;

describe('a storm of alerts', () => {
  // The pace that users get.
  const test = useDelivery(() => ({ ALERTING_PACE_MS: '5000', ALERTING_SEND_TIMEOUT_MS: '10000' }));

  it('of which each is a group of its own comes in ten messages at most, and whole', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, groupBy: ['...'] });
    const ruleId = await test.scene.rule();
    const alerts = Array.from({ length: ALERTS }, (_, index) =>
      firingAlert({
        ruleId,
        fingerprint: index.toString(16).padStart(16, '0'),
        labels: { scraper: `s${index}` },
      }),
    );

    await test.pg.db.transaction((tx) =>
      test.outbox.enqueue(
        tx,
        alerts.map((alert) => ({ transition: 'firing', alert, receiverIds: [receiver] })),
        new Date(),
      ),
    );
    await test.settled({ sent: ALERTS });

    expect(test.server.received.length).toBeLessThanOrEqual(10);
    expect(new Set(test.server.alerts.map(({ fingerprint }) => fingerprint)).size).toBe(ALERTS);
  });
});
