/** Completes a request with an error or a response. */
export type Reply<T = object> = (error: Error | null, value?: T) => void;

export interface JoinRequest {
  groupId: string;
  sessionTimeout: number;
  rebalanceTimeout: number;
  memberId: string;
  groupProtocols: { name: string; metadata: Buffer }[];
}

export interface SyncRequest {
  groupId: string;
  generationId: number;
  memberId: string;
  groupAssignment: { memberId: string; memberAssignment: Buffer }[];
}

export interface HeartbeatRequest {
  groupId: string;
  groupGenerationId: number;
  memberId: string;
}

export interface CommitRequest extends HeartbeatRequest {
  topics: { topic: string; partitions: { partition: number; offset: string; metadata?: string | null }[] }[];
}
