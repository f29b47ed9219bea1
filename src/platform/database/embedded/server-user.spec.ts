import { findUser } from './server-user.js';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash
`;

describe('findUser', () => {
  it('prefers the first name of the list, not the first line of the file', () => {
    expect(findUser(PASSWD, ['postgres', 'nobody'])).toEqual({ uid: 101, gid: 104 });
  });

  it.each([
    ['none of the names is there', PASSWD, ['www']],
    ['the user has the ids of root', 'postgres:x:0:0::/:/bin/sh', ['postgres']],
    ['the file is empty', '', ['postgres']],
  ])('finds nobody when %s', (_title, passwd, names) => {
    expect(findUser(passwd, names)).toBeUndefined();
  });
});
