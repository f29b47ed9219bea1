import { AlertRelay } from './alert-relay.js';
import { JobRelay } from './job-relay.js';
import { LayoutHeads } from './layout-heads.js';
import { LayoutRelay } from './layout-relay.js';
import { PerformanceRelay } from './performance-relay.js';
import { PointWriter } from './point-writer.js';
import { RegionChanges } from './region-changes.js';
import { RelayDesk } from './relay-desk.js';
import { RelayFigures } from './relay-figures.js';
import { RelayOutlets } from './relay-outlets.js';
import { SourceRelay } from './source-relay.js';
import { StoredPoints } from './stored-points.js';

/** What brings events of features to those who follow them, and their changes back. */
export const RELAYS = [
  AlertRelay,
  JobRelay,
  LayoutHeads,
  LayoutRelay,
  PerformanceRelay,
  PointWriter,
  RegionChanges,
  RelayDesk,
  RelayFigures,
  RelayOutlets,
  SourceRelay,
  StoredPoints,
];
