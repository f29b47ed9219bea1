import { inflateRawSync } from 'node:zlib';
import { Random } from '../../../test/support/random.js';
import { deflatedFrame, plainFrame } from './wire-frames.js';

const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** Of sixteen letters by chance, which takes half of the bytes. */
function textOf(bytes: number): Buffer {
  const random = new Random(1);
  return Buffer.from(Array.from({ length: bytes }, () => 97 + random.below(16)));
}

describe('deflatedFrame', () => {
  it.each([
    [150, 2],
    [20_000, 4],
    [200_000, 10],
  ])('frames %d bytes so that clients can inflate them', (bytes, headLength) => {
    const payload = textOf(bytes);

    const frame = deflatedFrame(payload) ?? Buffer.alloc(0);
    const length = { 2: frame[1], 4: frame.readUInt16BE(2), 10: frame.readUIntBE(4, 6) }[headLength];

    expect(frame[0]).toBe(0xc1);
    expect(length).toBe(frame.length - headLength);
    const inflated = inflateRawSync(Buffer.concat([frame.subarray(headLength), TAIL]), { finishFlush: 2 });
    expect(inflated.equals(payload)).toBe(true);
  });

  it('deflates what goes to many once, and leaves alone what does not shrink', () => {
    const random = new Random(1);
    const payload = textOf(5_000);
    const noise = Buffer.from(Array.from({ length: 5_000 }, () => random.below(256)));

    expect(deflatedFrame(payload)).toBe(deflatedFrame(payload));
    expect(deflatedFrame(noise)).toBeUndefined();
  });
});

describe('plainFrame', () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 255, 255]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])('begins a frame of %d bytes by its length', (bytes, head) => {
    const payload = textOf(bytes);

    const frame = plainFrame(payload);

    expect([...frame.subarray(0, head.length)]).toEqual(head);
    expect(frame.subarray(head.length).equals(payload)).toBe(true);
  });

  it('makes a frame that goes to many once, and another one for another payload', () => {
    const [one, other] = [textOf(300), textOf(300)];

    const frame = plainFrame(one);

    expect(plainFrame(one)).toBe(frame);
    expect(plainFrame(other)).not.toBe(frame);
  });
});
