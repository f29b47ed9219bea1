import { randomBytes } from 'node:crypto';
import { compress, decompress } from './compression.js';

const text = (bytes: number): Buffer =>
  Buffer.from('{"source":"shop"},'.repeat(bytes / 18 + 1)).subarray(0, bytes);

describe('compress', () => {
  it.each([
    [0, 'plain'],
    [8_191, 'plain'],
    [8_192, 'compressed'],
    [65_537, 'compressed'],
    [100_001, 'compressed'],
    [1_000_000, 'compressed'],
  ])('leaves %i bytes of text %s', async (bytes, form) => {
    const compressed = await compress(text(bytes));

    expect(compressed === undefined ? 'plain' : 'compressed').toBe(form);
  });

  it('leaves up to 100,000 bytes plain that would hardly become shorter', async () => {
    const noise = randomBytes(100_000);

    await expect(compress(noise)).resolves.toBeUndefined();
    expect(compress(noise.subarray(0, 20_000))).toBeUndefined();
  });

  it('compresses whatever is longer than 100,000 bytes', async () => {
    await expect(compress(randomBytes(100_001))).resolves.toBeInstanceOf(Buffer);
  });
});

describe('decompress', () => {
  it.each([8_192, 65_536, 65_537, 1_000_000])('gives back %i bytes', async (bytes) => {
    const plain = text(bytes);
    const compressed = (await compress(plain)) ?? Buffer.alloc(0);

    expect(plain.equals(await decompress(compressed, bytes))).toBe(true);
  });

  it.each([10_000, 200_000])('stops at the length that %i bytes were said to have', async (bytes) => {
    const compressed = (await compress(text(bytes))) ?? Buffer.alloc(0);
    const attempt = async (): Promise<Buffer> => decompress(compressed, bytes - 1);

    await expect(attempt()).rejects.toThrow();
  });
});
