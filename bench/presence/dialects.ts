/** What is measured side by side. */
export type ArmName = 'raw' | 'prebuilt' | 'nest' | 'socket.io' | 'own';

/** How the same things are said to each arm. Every update carries "t", the moment it was sent at in microseconds. */
export interface Dialect {
  readonly path: string;
  /** What is sent on the new connection before anything else. */
  readonly hello?: string;
  /** Shows that the server is ready for the first message. */
  readonly isWelcome: (text: string) => boolean;
  readonly join: (room: string) => string;
  readonly isJoined: (text: string) => boolean;
  readonly update: (room: string, sentAtUs: number) => string;
  /** A state that is stored, and nothing answered; another one for each number. */
  readonly note: (room: string, number: number) => string;
  readonly ping: string;
  readonly isPong: (text: string) => boolean;
}

function stateOf(sentAtUs: number): string {
  return `{"cursor":{"x":${sentAtUs % 1_000},"y":${sentAtUs % 700},"t":${sentAtUs}}}`;
}

function noteOf(number: number): string {
  return `{"cursor":{"x":${1_000 + number},"y":${2_000 + number}}}`;
}

/** What our own clients say; the raw arms understand the same. */
const OWN: Dialect = {
  path: '/ws',
  isWelcome: (text) => text.startsWith('{"type":"welcome"'),
  join: (room) => `{"type":"subscribe","layout":"${room}"}`,
  isJoined: (text) => text.startsWith('{"type":"subscribed"'),
  update: (room, sentAtUs) => `{"type":"presence.update","layout":"${room}","state":${stateOf(sentAtUs)}}`,
  note: (room, number) => `{"type":"presence.update","layout":"${room}","state":${noteOf(number)}}`,
  ping: '{"type":"ping"}',
  isPong: (text) => text.startsWith('{"type":"pong"'),
};

/** They tell every update at once; what they only store has another name. */
const RAW: Dialect = {
  ...OWN,
  note: (room, number) => `{"type":"presence.note","layout":"${room}","state":${noteOf(number)}}`,
};

export const DIALECTS: Readonly<Record<ArmName, Dialect>> = {
  own: OWN,
  raw: RAW,
  prebuilt: RAW,
  nest: {
    path: '/ws',
    isWelcome: (text) => text.startsWith('{"event":"welcome"'),
    join: (room) => `{"event":"subscribe","data":{"layout":"${room}"}}`,
    isJoined: (text) => text.startsWith('{"event":"subscribed"'),
    update: (room, sentAtUs) =>
      `{"event":"presence.update","data":{"layout":"${room}","state":${stateOf(sentAtUs)}}}`,
    note: (room, number) => `{"event":"presence.note","data":{"layout":"${room}","state":${noteOf(number)}}}`,
    ping: '{"event":"ping","data":{}}',
    isPong: (text) => text.startsWith('{"event":"pong"'),
  },
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    hello: '40',
    isWelcome: (text) => text.startsWith('40'),
    join: (room) => `42["subscribe",{"layout":"${room}"}]`,
    isJoined: (text) => text.startsWith('42["subscribed"'),
    update: (room, sentAtUs) => `42["presence.update",{"layout":"${room}","state":${stateOf(sentAtUs)}}]`,
    note: (room, number) => `42["presence.note",{"layout":"${room}","state":${noteOf(number)}}]`,
    ping: '42["ping",{}]',
    isPong: (text) => text.startsWith('42["pong"'),
  },
};
