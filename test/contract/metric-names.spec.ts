import { captureInSources, firstColumn } from '../support/source-files.js';

describe('metric names', () => {
  it('are listed in the reference, all and no others, in order', () => {
    const names = captureInSources(
      /\.(?:counter|gauge|observed(?:Gauge|Counter)|distribution)(?:<[^>]+>)?\(\s*'([a-z0-9_]+)'/g,
    );

    expect(firstColumn('docs/reference/metrics.md')).toEqual(names);
  });
});
