import { captureInSources, firstColumn } from '../support/source-files.js';

const PAGE = 'docs/reference/errors.md';

describe('error codes', () => {
  const codes = captureInSources(/readonly code = '([A-Z0-9_]+)'/g);

  it('are each used by one error class', () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it('are listed in the reference, all and no others, in order', () => {
    expect(firstColumn(PAGE)).toEqual(codes);
  });
});
