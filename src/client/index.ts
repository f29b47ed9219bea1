export type { ChannelListener, ChannelMessages, ChannelSubscription } from './channel-subscription.js';
export {
  ClientAnswerLostError,
  ClientMessageTooLargeError,
  ClientOfflineError,
  ClientSocketMissingError,
  ClientStoppedError,
  ClientSubscribedError,
  ServerRefusalError,
} from './errors.js';
export type { LayoutListener, LayoutSubscription, NewRegion, RegionFields } from './layout-subscription.js';
export type { ClientState, TokenSource } from './link.js';
export { LiveClient, type LiveClientOptions } from './live-client.js';
export type {
  Acknowledged,
  AlertMessage,
  JobMessage,
  LayoutAbout,
  MetricsBatch,
  PerformanceMessage,
  PresenceState,
  PresentConnection,
  RegionChanged,
  Welcome,
} from './messages.js';
export type { SourceListener, SourceSubscription } from './source-subscription.js';
export type { Socket, SocketConstructor, Surroundings } from './surroundings.js';
