import { formatFor } from './exposition-choice.js';

/** What Prometheus 3 sends. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
  'application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

describe('formatFor', () => {
  it.each([
    [PROMETHEUS, 'openmetrics'],
    ['application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'openmetrics'],
    ['text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text'],
    ['text/plain; version="0.0.4"; charset=utf-8', 'text'],
    ['TEXT/PLAIN;VERSION=0.0.4', 'text'],
    ['text/plain;version=0.0.4, */*', 'text'],
    ['text/plain', 'text'],
    ['application/openmetrics-text;version=9.0.0,text/plain;version=0.0.4;q=0.1', 'text'],
    ['application/openmetrics-text;version=9.0.0', 'json'],
    ['application/openmetrics-text;q=0, */*', 'json'],
    ['application/json;q=0.9, text/plain;version=0.0.4;q=0.5', 'json'],
    ['application/json, text/plain, */*', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['', 'json'],
    [undefined, 'json'],
    ['image/png', 'json'],
    [';;;,,=,q=', 'json'],
    ['text/plain;q=many', 'json'],
  ])('answers %s with %s', (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});
