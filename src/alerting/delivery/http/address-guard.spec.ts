import type { LookupFunction } from 'node:net';
import { readSettings } from '../../../config/index.js';
import { AddressGuard } from './address-guard.js';

function guard(allowed = ''): AddressGuard {
  return new AddressGuard(readSettings({ ALERTING_ALLOWED_PRIVATE_TARGETS: allowed }).alertDelivery);
}

function resolveBy(lookup: LookupFunction, host: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found);
    });
  });
}

describe('AddressGuard', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://0.0.0.0/',
    'http://0/',
    'http://10.0.0.1/',
    'http://172.16.3.4/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://192.0.0.192/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[0:0:0:0:0:ffff:10.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[2002:7f00:1::]/',
    'http://[fc00::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://①②⑦.⓪.⓪.①/',
  ])('refuses %s', (url) => {
    expect(() => guard().check(new URL(url))).toThrow('ALERTING_ALLOWED_PRIVATE_TARGETS');
  });

  it.each([
    'http://93.184.216.34/',
    'https://[2606:4700::1111]/',
    'http://[64:ff9b::5db8:d822]/',
    'http://hooks.example.com/',
  ])('leaves %s to be tried', (url) => {
    expect(() => guard().check(new URL(url))).not.toThrow();
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1/'],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]/'],
    ['10.0.0.0/8', 'http://10.200.3.4/'],
    ['fd00::/8', 'http://[fd12::1]/'],
    ['192.168.1.1, 10.1.0.0/16', 'http://10.1.2.3/'],
  ])('takes what "%s" allows: %s', (allowed, url) => {
    expect(() => guard(allowed).check(new URL(url))).not.toThrow();
  });

  it.each([
    ['10.0.0.0/8', 'http://11.0.0.1.nip.io/', false],
    ['10.0.0.0/8', 'http://127.0.0.1/', true],
    ['fd00::/8', 'http://10.0.0.1/', true],
    ['10.0.0.1', 'http://10.0.0.2/', true],
  ])('takes no more than "%s" allows: %s', (allowed, url, isRefused) => {
    const check = expect(() => guard(allowed).check(new URL(url)));
    if (isRefused) check.toThrow();
    else check.not.toThrow();
  });

  it('refuses a name by what it resolves to', async () => {
    await expect(resolveBy(guard().lookup, 'localhost')).rejects.toThrow('loopback');
  });

  it.each(['localhost', 'LOCALHOST', '127.0.0.0/8,::1'])('takes a name that "%s" allows', async (allowed) => {
    await expect(resolveBy(guard(allowed).lookup, 'localhost')).resolves.not.toHaveLength(0);
  });

  it('passes on that there is no such name', async () => {
    await expect(resolveBy(guard().lookup, 'nothing.invalid')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });

  it('wants allowed targets to be addresses, networks or names', () => {
    for (const wrong of ['10.0.0.0/33', '300.1.1.1', 'http://x', 'a b', '10.0.0.0/8,,', '1.2.3.4:80'])
      expect(() => guard(wrong)).toThrow('ALERTING_ALLOWED_PRIVATE_TARGETS');
  });
});
