import { parseSample } from './sample.js';

describe('parseSample', () => {
  it.each([
    [['2014-03-07 03:41:00', '45.868'], '2014-03-07T03:41:00.000Z', 45.868],
    [['2014-03-07T03:41:00.25Z', '0'], '2014-03-07T03:41:00.250Z', 0],
    [['2016-02-29 23:59:59', '1.5e3'], '2016-02-29T23:59:59.000Z', 1_500],
    [['2016-02-29 23:59:59', '13.334000000000001'], '2016-02-29T23:59:59.000Z', 13.334000000000001],
  ])('reads %j', (cells, at, value) => {
    expect(parseSample(cells, 'duration')).toEqual({ at: new Date(at), value });
  });

  it.each([
    [[''], 'must have 2 cells, has 1'],
    [['2014-03-07 03:41:00', '1', '2'], 'must have 2 cells, has 3'],
    [['', '1'], 'the timestamp is missing'],
    [['2014-03-07 03:41:00', ''], 'the value is missing'],
    [['2015-02-29 03:41:00', '1'], 'the timestamp must be'],
    [['2014-03-07 24:00:00', '1'], 'the timestamp must be'],
    [['2014-03-07 03:41:00+01:00', '1'], 'the timestamp must be'],
    [['1394163660', '1'], 'the timestamp must be'],
    [['2014-03-07 03:41:00', '-1'], 'the value must be a number of 0 or more, was "-1"'],
    [['2014-03-07 03:41:00', 'NaN'], 'the value must be'],
    [['2014-03-07 03:41:00', 'Infinity'], 'the value must be'],
    [['2014-03-07 03:41:00', '1e999'], 'the value must be'],
    [['2014-03-07 03:41:00', '0x10'], 'the value must be'],
    [['2014-03-07 03:41:00', '1,5'], 'the value must be'],
    [['2014-03-07 03:41:00', '1e13'], 'a duration must be 0 or 1e-9 to 1000000000000 ms'],
    [['2014-03-07 03:41:00', '1e-200'], 'a duration must be 0 or 1e-9 to 1000000000000 ms'],
  ])('says what is wrong with %j', (cells, reason) => {
    expect(parseSample(cells, 'duration')).toContain(reason);
  });

  it('takes whole numbers only for items', () => {
    expect(parseSample(['2014-03-07 03:41:00', '94.0'], 'items')).toMatchObject({ value: 94 });
    expect(parseSample(['2014-03-07 03:41:00', '94.5'], 'items')).toContain(
      'must be whole numbers, was 94.5',
    );
    expect(parseSample(['2014-03-07 03:41:00', '2147483648'], 'items')).toContain('must not exceed');
  });
});
