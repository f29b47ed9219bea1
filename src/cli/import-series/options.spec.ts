import { Secret } from '../../config/index.js';
import { ImportUsageError } from './errors.js';
import { type ImportOptions, parseOptions } from './options.js';

const SETTINGS = { url: 'http://127.0.0.1:3000', apiKey: new Secret('plim_a_b') };

function parsed(...args: string[]): ImportOptions {
  const options = parseOptions(args, SETTINGS);
  if (options === 'help') throw new TypeError('help was not asked for');
  return options;
}

describe('parseOptions', () => {
  it('fills in everything but the file', () => {
    expect(parsed('data/TravelTime_387.csv')).toEqual({
      path: 'data/TravelTime_387.csv',
      url: 'http://127.0.0.1:3000',
      apiKey: SETTINGS.apiKey,
      source: 'TravelTime_387',
      type: 'imported',
      valueRole: 'duration',
      isShifted: true,
    });
  });

  it.each([
    ['a b.csv', 'a-b'],
    ['/x/"quoted" & co.csv', 'quoted-co'],
    ['größe.csv', 'gr-e'],
    ['日本.csv', 'imported'],
    [`${'n'.repeat(250)}.csv`, 'n'.repeat(200)],
    ['.csv', '.csv'],
  ])('makes a safe source of the file name %j', (path, source) => {
    expect(parsed(path).source).toBe(source);
  });

  it('puts the command line over the environment', () => {
    const options = parsed('x.csv', '--url', 'https://host/base/', '--key', 'plim_c_d', '--as', 'items');

    expect(options).toMatchObject({ url: 'https://host/base', valueRole: 'items' });
    expect(options.apiKey.reveal()).toBe('plim_c_d');
  });

  it('reads where in time the samples go', () => {
    expect(parsed('x.csv', '--no-shift')).toMatchObject({ isShifted: false });
    expect(parsed('x.csv', '--ending-at', '2026-01-31T10:00:00Z', '--last-days', '7')).toMatchObject({
      endingAt: new Date('2026-01-31T10:00:00Z'),
      lastDays: 7,
    });
  });

  it('answers help before it complains', () => {
    expect(parseOptions(['--help'], { url: '' })).toBe('help');
  });

  it.each([
    [[]],
    [['a.csv', 'b.csv']],
    [['a.csv', '--nope']],
    [['a.csv', '--as', 'seconds']],
    [['a.csv', '--url', 'ftp://host']],
    [['a.csv', '--url', 'host']],
    [['a.csv', '--key', 'line\nbreak']],
    [['a.csv', '--key', '']],
    [['a.csv', '--ending-at', '2026-01-31']],
    [['a.csv', '--ending-at', 'soon']],
    [['a.csv', '--last-days', '0']],
    [['a.csv', '--no-shift', '--ending-at', '2026-01-31T10:00:00Z']],
  ])('refuses %j', (args) => {
    expect(() => parseOptions(args, SETTINGS)).toThrow(ImportUsageError);
  });

  it('needs a key', () => {
    expect(() => parseOptions(['a.csv'], { url: 'http://h' })).toThrow('--key or PLIMSOLL_API_KEY');
  });
});
