import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { eventually } from '../../../test/support/eventually.js';
import { MetricRegistry } from '../telemetry/index.js';
import { DomainEvents, EventType } from './domain-events.js';

const HAPPENED = new EventType<{ readonly times: number }>('sample.happened');

describe('DomainEvents', () => {
  it('calls every listener of a type, although one fails', async () => {
    const logger = new CollectingLogger();
    const events = new DomainEvents(new MetricRegistry(), logger);
    const heard: number[] = [];
    events.subscribe(HAPPENED, () => {
      throw new TypeError('broken');
    });
    events.subscribe(HAPPENED, () => Promise.reject(new TypeError('broken later')));
    events.subscribe(HAPPENED, ({ times }) => heard.push(times));
    events.subscribe(new EventType<number>('another.happened'), () => heard.push(-1));

    events.publish(HAPPENED, { times: 3 });

    await eventually(() => expect(logger.lines).toHaveLength(2));
    expect(heard).toEqual([3]);
  });
});
