import type { Count } from '../checker.ts';
import type { Answers } from './answers.ts';
import type { Feed } from './feed.ts';
import type { Nodes } from './nodes.ts';
import type { Pieces } from './pieces.ts';
import type { Reports } from './reports.ts';
import type { Snapshots } from './snapshots.ts';
import type { Stream, StreamTimes } from './stream.ts';

/** What the centre bears. Times in milliseconds. */
export type CentreLimits = {
  readonly connections: number;
  /** For the head of a request, and for a whole one that is no event file. */
  readonly requestMs: number;
  /** Questions that wait for their answers, of all nodes. */
  readonly questions: number;
  /** Changes behind which a node is sent a snapshot rather than each change. */
  readonly far: number;
};

/** What routes work with. */
export type Parts = {
  readonly feed: Feed;
  readonly pieces: Pieces;
  readonly snapshots: Snapshots;
  readonly reports: Reports;
  readonly answers: Answers;
  readonly nodes: Nodes;
  readonly limits: CentreLimits;
  readonly times: StreamTimes;
  readonly count: Count;
  readonly onDefect: (error: unknown) => void;
  /** The streams of now, one for each node that follows. */
  readonly streams: Map<string, Stream>;
};
