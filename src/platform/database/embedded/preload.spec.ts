import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preloadSettings } from './preload.js';

describe('preloadSettings', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'preload-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('loads the library that is there', () => {
    mkdirSync(join(root, 'lib', 'postgresql'), { recursive: true });
    writeFileSync(join(root, 'lib', 'postgresql', 'pg_stat_statements.so'), '');

    expect(preloadSettings({ pgCtl: join(root, 'bin', 'pg_ctl') })).toEqual({
      shared_preload_libraries: 'pg_stat_statements',
    });
  });

  it('loads nothing that is missing: the server would not start', () => {
    expect(preloadSettings({ pgCtl: join(root, 'bin', 'pg_ctl') })).toEqual({});
  });
});
