import { networkOf } from './client-address.js';

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
  ])('counts %s as the one client %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('counts a subnet of IPv6 as one client, and another one as another', () => {
    const [one, same, other] = ['2001:db8::1', '2001:db8::ffff:2', '2001:db8:1::1'].map(networkOf);

    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('names those whose address is not known', () => {
    expect(networkOf(undefined)).toBe('unknown');
  });
});
