import { readPart } from '../coordination/read-told.js';
import { markMessage, readMessage } from './remote-messages.js';

const ANN = '{"connectionId":"c","userId":"u","name":"n","joinedAt":"2026-01-01","state":{"__proto__":1}}';
const LISTS = `"joins":[${ANN}],"leaves":[{"connectionId":"d"}],"updates":[{"connectionId":"e","state":{}}]`;

describe('what other instances tell', () => {
  it('is read with every key of its states', () => {
    const part = readPart('a', `7 [${ANN}]`);
    const diff = readMessage(`{"from":"a","number":8,${LISTS}}`);

    expect(part).toMatchObject({ instanceId: 'a', number: 7 });
    expect(Object.keys(part?.users[0]?.state ?? {})).toEqual(['__proto__']);
    expect(diff).toMatchObject({ from: 'a', number: 8, leaves: [{ connectionId: 'd' }] });
    expect(readMessage(markMessage('a', 9))).toEqual({ from: 'a', number: 9 });
  });

  it.each([
    ...['', '{', 'null', '[]', '7', '"a"', '{}', '{"from":"a"}', '{"from":1,"number":2}'],
    ...['{"from":"a","number":"2"}', '{"from":"a","number":1.5}', '{"from":"a","number":1,"joins":[]}'],
    `{"from":"a","number":1,${LISTS.replace('"c"', '7')}}`,
    `{"from":"a","number":1,${LISTS.replace('{"__proto__":1}', 'null')}}`,
    `{"from":"a","number":1,${LISTS.replace('"state":{}}', '"state":[]}')}}`,
    `{"from":"a","number":1,${LISTS.replace('{"connectionId":"d"}', '"d"')}}`,
  ])('is nothing when it is malformed: %s', (text) => {
    expect(readMessage(text)).toBeUndefined();
  });

  it.each(['', '7', '7 ', '7 {', '7 {}', '7 [7]', 'x []', '1.5 []', `[${ANN}]`, `7 [${ANN},{}]`])(
    'is no part when it is malformed: %s',
    (text) => {
      expect(readPart('a', text)).toBeUndefined();
    },
  );
});
