const SAMPLE = '{"at":"2026-05-04T09:30:00.000Z","values":{"overall.score":93.4,"cache.redis-latency":null}}';

/** What GET /metrics/stream answers. */
export const STREAM_EXAMPLES = {
  stream: {
    texts: { 'text/event-stream': `retry: 2000\n\nid: 1777887000000\nevent: sample\ndata: ${SAMPLE}\n\n` },
  },
};
