import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../../../../test/support/eventually.js';
import { identify, isAlive } from './process-identity.js';

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('process identity', () => {
  it('knows this process and keeps to its answer', () => {
    const self = identify(process.pid);

    expect(self?.pid).toBe(process.pid);
    expect(self && isAlive(self)).toBe(true);
  });

  it.each([0, -1, NaN, 1.5, 999_999_999])('knows no process %p', (pid) => {
    expect(identify(pid)).toBeUndefined();
  });

  it('does not take a later process for the earlier one with its pid', () => {
    expect(isAlive({ pid: process.pid, startedAt: 'another' })).toBe(false);
  });

  onLinux('counts a process that only waits to be reaped as dead', async () => {
    // The shell starts a child and becomes another program before the child ends, so nobody ever reaps it.
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30']);
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const childPid = Number(chunk.toString());

    await eventually(() => expect(identify(childPid)).toBeUndefined());

    expect(process.kill(childPid, 0)).toBe(true);
    parent.kill('SIGKILL');
  });
});
