/** What the primary and its processes say to each other, as JSON. */
export type ToPrimary =
  | { kind: 'begun' }
  | { kind: 'ready'; digest: string }
  | { kind: 'answer'; id: number; answer: unknown }

export type ToProcess =
  | { kind: 'place'; number: number }
  | { kind: 'all-ready' }
  | { kind: 'drain' }
  | { kind: 'ask'; id: number; what: keyof Answers }

/** What a process is asked. */
export interface Answers {
  /** Takes the configuration as it is in its files; of what it runs under then, the digest. Refused: why is in its log. */
  reload: () => Promise<{ digest: string; isTaken: boolean }>
  metrics: () => Promise<unknown>
}
