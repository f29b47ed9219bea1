export { type Channel, channelKey } from './channels/channel.js';
export type { ChannelWatcher, Published, Sink } from './channels/channels.js';
export type { Connection } from './connections/connection.js';
export type { ConnectionIdentity, Lane, Outlet } from './connections/outlet.js';
export type { LimitScope } from './coordination/connection-limits.js';
export { PresenceBus } from './coordination/presence-bus.js';
export { type LoggedEvent, type LogPosition, type Replayed, ReplayLog } from './coordination/replay-log.js';
export type { PresentConnection } from './coordination/shared-presence.js';
export {
  ConnectionEndedError,
  ConnectionLimitError,
  LayoutNotJoinedError,
  PresenceStateTooLargeError,
  TooManyChannelsError,
} from './errors.js';
export type { Roster } from './layouts/roster.js';
export { type HubFigures, PresenceHub, type Publication } from './presence-hub.js';
export { PresenceModule } from './presence.module.js';
export { CLOSE_CODES, type CloseClass, type CloseReason } from './protocol/close-codes.js';
export { CLIENT_MESSAGES, type ClientMessage, type ClientMessageType } from './protocol/client-messages.js';
export {
  SERVER_MESSAGES,
  type ServerMessage,
  type ServerMessageOf,
  type ServerMessageType,
} from './protocol/server-messages.js';
export { type Target } from './protocol/targets.js';
